"""Which events report a state of a task run, and what is read from them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from workspaces.events.models import Event
from workspaces.runs.services.task_run_reports import parse_report

pytestmark = pytest.mark.one_database(reason="no SQL")

TASK_RUN, FLOW_RUN = uuid4(), uuid4()
OF_FLOW_RUN = {"prefect.resource.role": "flow-run", "prefect.resource.id": f"prefect.flow-run.{FLOW_RUN}"}
OF_FLOW = {"prefect.resource.role": "flow", "prefect.resource.id": f"prefect.flow.{uuid4()}"}


def event(
    name: str = "prefect.task-run.Running",
    *,
    resource_id: str = f"prefect.task-run.{TASK_RUN}",
    orchestration: str = "client",
    related: list[dict[str, str]] | None = None,
    state: dict[str, Any] | None = None,
    **task_run: Any,
) -> Event:
    return Event(
        event=name,
        resource_id=resource_id,
        resource={"prefect.resource.id": resource_id, "prefect.orchestration": orchestration},
        related=[OF_FLOW, OF_FLOW_RUN] if related is None else related,
        payload={
            "intended": {"from": "PENDING", "to": "RUNNING"},
            "validated_state": {"type": "RUNNING", "name": "Running", **(state or {})},
            "task_run": {"task_key": "extract-1a2b", "dynamic_key": "0", **task_run},
        },
    )


def test_report_names_the_task_run_and_its_flow_run() -> None:
    report = parse_report(event(name="prefect.task-run.Running", run_count=2, unknown="ignored"))
    assert report is not None
    assert (report.task_run_id, report.flow_run_id) == (TASK_RUN, FLOW_RUN)
    assert report.natural_key == (FLOW_RUN, "extract-1a2b", "0")
    assert (report.state.type, report.state.name, report.task_run.run_count) == ("RUNNING", "Running", 2)
    assert report.task_run.model_fields_set == {"task_key", "dynamic_key", "run_count"}


def test_task_run_outside_of_flows_has_no_flow_run() -> None:
    report = parse_report(event(related=[OF_FLOW]))
    assert report is not None
    assert report.flow_run_id is None


@pytest.mark.parametrize(
    "given",
    [
        event("prefect.flow-run.Running"),
        event("prefect.task-running"),
        event(orchestration="server"),
        event(resource_id="prefect.task-run.7"),
        event(resource_id=f"prefect.flow-run.{TASK_RUN}"),
        event(related=[{**OF_FLOW_RUN, "prefect.resource.id": "prefect.flow-run.none"}]),
        event(state={"type": "SLEEPING"}),
        event(task_key="k" * 1_251),
        event(run_count=-1),
        event(run_count=2**31),
        event(total_run_time=float("inf")),
        event(tags=["a"] * 1_001),
        Event(event="prefect.task-run.Running", resource={"prefect.orchestration": "client"}, payload={}),
    ],
)
def test_other_events_are_no_reports(given: Event) -> None:
    assert parse_report(given) is None


def test_key_of_a_report_is_that_of_a_row() -> None:
    report = parse_report(event(related=[OF_FLOW_RUN], task_key="load", dynamic_key="7"))
    assert report is not None
    flow_run_id, task_key, dynamic_key = report.natural_key
    assert (flow_run_id, task_key, dynamic_key) == (UUID(str(FLOW_RUN)), "load", "7")
