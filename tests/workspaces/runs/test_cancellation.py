"""Cancelling runs with their child runs, and ending cancellations by hand."""

import pytest

from auditlog.actors import system
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun
from workspaces.runs.services.cancellation import cancel_run, mark_run_cancelled, unfinished_children

US = system("tests")


def child_of(parent: FlowRun, name: str, state: str = "RUNNING") -> FlowRun:
    return stage.flow_run(parent.flow, name, state, parent_task_run=stage.task_run(parent, f"{name}-0", "RUNNING"))


def test_children_on_all_levels_are_found_even_in_a_circle(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    top = stage.flow_run(stage.flow(owner.workspace), "top", "RUNNING")
    child = child_of(top, "child")
    below = child_of(child, "below")
    child_of(top, "ended", "COMPLETED")
    # Clients can move task runs, so a run can be below itself.
    top.parent_task_run = stage.task_run(below, "circle-0", "RUNNING")
    top.save()
    assert ([run.id for run in unfinished_children(owner.workspace, top)[0]]) == [child.id, below.id]
    monkeypatch.setattr("workspaces.runs.services.cancellation.MOST_CHILDREN", 1)
    children, left = unfinished_children(owner.workspace, top)
    assert (len(children), left) == (1, True)


def test_run_that_ended_meanwhile_is_not_marked(owner: Person) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "quick", "CANCELLING")
    seen = FlowRun.objects.get(id=run.id)
    assert mark_run_cancelled(owner.workspace, seen, actor=US).new_state == "Cancelled"
    assert mark_run_cancelled(owner.workspace, seen, actor=US).refusal == "It is not being cancelled: it is Cancelled."
    run.refresh_from_db()
    assert (run.state_type, run.state and run.state.message) == ("CANCELLED", "Marked as cancelled by hand.")
    assert cancel_run(owner.workspace, run, actor=US).refusal == "It has already ended: it is Cancelled."


def test_only_children_whose_state_changes_are_counted(owner: Person) -> None:
    top = stage.flow_run(stage.flow(owner.workspace), "top", "RUNNING")
    child_of(top, "going")
    child_of(top, "asked-before", "CANCELLING")
    child_of(top, "paused", "PAUSED")
    assert cancel_run(owner.workspace, top, actor=US).children == 1
    states = dict(FlowRun.objects.values_list("name", "state_type"))
    assert states == {"top": "CANCELLING", "going": "CANCELLING", "asked-before": "CANCELLING", "paused": "PAUSED"}
    assert mark_run_cancelled(owner.workspace, top, actor=US).children == 2
