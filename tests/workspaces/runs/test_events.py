"""The event of a flow run that enters a state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.events import flow_run_state_event
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.orchestration.run_state import RunState

pytestmark = pytest.mark.one_database(reason="no SQL")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def state(type: str, name: str = "", message: str | None = None, at: datetime = NOW, **details: Any) -> RunState:
    made = RunState(type, name or type.title(), at, message)
    made.details |= details
    return made


def run(**fields: Any) -> FlowRun:
    workspace = Workspace()
    flow = Flow(workspace=workspace, name="etl", tags=["daily", "both"])
    return FlowRun(workspace=workspace, flow=flow, name="jolly-fox", tags=["eu", "both"], run_count=2, **fields)


def test_event_has_the_id_and_the_time_of_its_state() -> None:
    of, entered = run(), state("RUNNING", "Step 2", "on it")
    event = flow_run_state_event(of, None, entered)
    assert (event.id, event.occurred, event.workspace_id) == (entered.id, NOW, of.workspace_id)
    assert event.event == "prefect.flow-run.Step 2"
    assert event.resource == {
        "prefect.resource.id": f"prefect.flow-run.{of.id}",
        "prefect.resource.name": "jolly-fox",
        "prefect.run-count": "2",
        "prefect.state-message": "on it",
        "prefect.state-name": "Step 2",
        "prefect.state-timestamp": NOW.isoformat(),
        "prefect.state-type": "RUNNING",
    }


def test_event_names_flow_parent_and_all_tags_once() -> None:
    parent = TaskRun(name="call", tags=["night"])
    of = run(parent_task_run=parent)
    assert [
        (resource["prefect.resource.role"], resource["prefect.resource.id"], resource.get("prefect.resource.name"))
        for resource in flow_run_state_event(of, None, state("RUNNING")).related
    ] == [
        ("flow", f"prefect.flow.{of.flow_id}", "etl"),
        ("task-run", f"prefect.task-run.{parent.id}", "call"),
        *(("tag", f"prefect.tag.{tag}", None) for tag in ("both", "daily", "eu", "night")),
    ]


def test_payload_says_from_where_to_where() -> None:
    before, after = state("RUNNING"), state("PAUSED", message="wait", pause_reschedule=True)
    assert flow_run_state_event(run(), before, after).payload == {
        "intended": {"from": "RUNNING", "to": "PAUSED"},
        "initial_state": {"type": "RUNNING", "name": "Running", "message": ""},
        "validated_state": {"type": "PAUSED", "name": "Paused", "message": "wait", "pause_reschedule": "true"},
    }
    first = flow_run_state_event(run(), None, after).payload
    assert (first["intended"]["from"], first["initial_state"]) == (None, None)


@pytest.mark.parametrize(("gap", "follows"), [(1, True), (299, True), (300, False)])
def test_event_follows_that_of_the_previous_state_unless_it_is_long_ago(gap: int, follows: bool) -> None:
    before = state("PENDING", at=NOW - timedelta(seconds=gap))
    assert flow_run_state_event(run(), before, state("RUNNING")).follows == (before.id if follows else None)


def test_long_words_are_cut() -> None:
    event = flow_run_state_event(run(), None, state("FAILED", "n" * 1_024, "m" * 200_000))
    assert len(event.event) == 1_024
    assert len(event.resource["prefect.state-message"]) == 100_000
    assert len(event.payload["validated_state"]["message"]) == 100_000
