"""A proposed state: what is stored, answered and recorded, together or not at all."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from auditlog.actors import system
from auditlog.models import Entry
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.schemas import FlowRunCreate, StateCreate, StateDetails
from workspaces.runs.services.flow_runs import create_flow_run
from workspaces.runs.services.transitions import Outcome, lock_run, set_flow_run_state

US = system("tests")


@pytest.fixture
def run(owner: Person) -> FlowRun:
    body = FlowRunCreate(flow_id=stage.flow(owner.workspace).id)
    return create_flow_run(owner.workspace, body, actor=US)[0]


def propose(run: FlowRun, type: str, *, force: bool = False, name: str | None = None, **details: Any) -> Outcome:
    body = StateCreate(type=type, name=name, state_details=StateDetails(**details))
    outcome = set_flow_run_state(run.workspace, run.id, body, actor=US, force=force)
    assert outcome is not None
    run.refresh_from_db()
    return outcome


def entries(run: FlowRun, action: str) -> list[Entry]:
    return list(Entry.objects.filter(action=action, object_id=str(run.id)).order_by("id"))


def test_accepted_state_is_stored_with_its_event(run: FlowRun) -> None:
    before = run.state_id
    outcome = propose(run, "RUNNING", name="Step 2")
    assert outcome.state is not None
    assert (outcome.stored, outcome.details) == (True, {"type": "accept_details"})
    assert (run.state_id, run.state_name, run.run_count) == (outcome.state.id, "Step 2", 1)
    event = Event.objects.get(id=outcome.state.id)
    assert (event.event, event.follows) == ("prefect.flow-run.Step 2", before)
    assert entries(run, "flow-run.state-set") == []


def test_cancellation_is_stored_with_an_entry(run: FlowRun) -> None:
    propose(run, "RUNNING")
    propose(run, "CANCELLING")
    [entry] = entries(run, "flow-run.state-set")
    assert entry.detail["state"] == {"from": "Running", "to": "Cancelling"}


@pytest.mark.parametrize(
    ("proposed", "details"),
    [
        ("PENDING", {"type": "abort_details", "reason": "This run is in a PENDING state and cannot transition to a "
                     "PENDING state."}),
        ("PAUSED", {"type": "reject_details", "reason": "Cannot pause flows that are not currently running."}),
    ],
)  # fmt: skip
def test_refused_state_leaves_no_trace(proposed: str, details: dict[str, Any], run: FlowRun) -> None:
    before = (run.state_id, run.updated, run.empirical_policy)
    outcome = propose(run, proposed)
    assert outcome.state is not None
    assert (outcome.stored, outcome.state.id, outcome.details) == (False, run.state_id, details)
    assert (run.state_id, run.updated, run.empirical_policy) == before
    assert (FlowRunState.objects.count(), Event.objects.count(), entries(run, "flow-run.state-set")) == (1, 1, [])


def test_run_that_is_early_waits(run: FlowRun) -> None:
    propose(run, "SCHEDULED", scheduled_time=timezone.now() + timedelta(seconds=100))
    outcome = propose(run, "RUNNING")
    assert outcome.details["type"] == "wait_details"
    assert 95 <= outcome.details["delay_seconds"] <= 100


def test_state_in_place_of_the_proposed_one_is_stored(run: FlowRun) -> None:
    run.empirical_policy = {**run.empirical_policy, "retries": 1}
    run.save(update_fields=["empirical_policy"])
    propose(run, "RUNNING")
    outcome = propose(run, "FAILED")
    assert (outcome.status, outcome.stored, run.state_name) == ("REJECT", True, "AwaitingRetry")
    assert run.empirical_policy["retry_type"] == "in_process"


def test_policy_is_stored_even_if_no_state_is(run: FlowRun) -> None:
    propose(run, "RUNNING")
    propose(run, "PAUSED")
    resuming = [run.empirical_policy["resuming"]]
    outcome = propose(run, "PENDING")
    resuming.append(run.empirical_policy["resuming"])
    assert (outcome.status, outcome.stored, run.state_type) == ("REJECT", False, "PAUSED")
    assert resuming == [False, True]


def test_running_state_after_that_of_the_resumption_is_no_further_attempt(run: FlowRun) -> None:
    """The server makes a resumed run RUNNING, and then its process does so once more."""
    for type in ("RUNNING", "PAUSED", "RUNNING"):
        propose(run, type)
    assert (run.run_count, run.empirical_policy["resuming"]) == (2, True)
    propose(run, "RUNNING")
    assert (run.run_count, run.empirical_policy["resuming"]) == (2, False)
    propose(run, "RUNNING")
    assert run.run_count == 3


def test_force_skips_rules(run: FlowRun) -> None:
    assert propose(run, "PAUSED").status == "REJECT"
    assert propose(run, "PAUSED", force=True).status == "ACCEPT"


def test_states_of_a_run_have_different_times(run: FlowRun, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = timezone.now()
    monkeypatch.setattr("workspaces.runs.services.transitions.timezone.now", lambda: frozen)
    for number in range(3):
        propose(run, "RUNNING", name=f"step {number}", force=True)
    times = list(FlowRunState.objects.filter(flow_run=run).order_by("timestamp").values_list("timestamp", flat=True))
    assert len(set(times)) == 4


def test_run_of_another_workspace_is_not_found(run: FlowRun, stranger: Person) -> None:
    body = StateCreate(type="RUNNING")
    for workspace, run_id in ((stranger.workspace, run.id), (run.workspace, uuid4())):
        assert set_flow_run_state(workspace, run_id, body, actor=US) is None
    run.refresh_from_db()
    assert run.state_type == "PENDING"


def test_locked_run_has_its_state_and_flow(run: FlowRun, django_assert_num_queries: Any) -> None:
    locked = lock_run(run.workspace, run.id)
    assert locked is not None
    with django_assert_num_queries(0):
        assert locked.state is not None
        assert (locked.state.id, locked.flow.name) == (run.state_id, "etl")
    FlowRun.objects.filter(id=run.id).update(state=None)
    without = lock_run(run.workspace, run.id)
    assert without is not None
    assert without.state is None


def test_details_of_an_outcome_have_a_reason_unless_it_is_accepted() -> None:
    state = RunState("RUNNING", "Running", timezone.now())
    assert Outcome("ACCEPT", None, 0, state, stored=True).details == {"type": "accept_details"}
    assert Outcome("WAIT", "soon", 3, state, stored=False).details == {
        "type": "wait_details",
        "delay_seconds": 3,
        "reason": "soon",
    }
