"""Cancelling and deleting the runs that were selected in the list."""

from uuid import uuid4

import pytest
from django.test import Client

from auditlog.models import Entry
from tests.cast import Organization, Person, share
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.actions import cancellation_message
from workspaces.runs.services.cancellation import CancellationResult


@pytest.fixture
def runs(owner: Person, stranger: Person) -> list[FlowRun]:
    """A run that can be cancelled and one that cannot, one of a stranger, and one that does not exist."""
    flow = stage.flow(owner.workspace)
    return [
        stage.flow_run(flow, "going", "RUNNING"),
        stage.flow_run(flow, "done"),
        stage.flow_run(stage.flow(stranger.workspace), "secret", "RUNNING"),
        FlowRun(id=uuid4()),
    ]


def ids(runs: list[FlowRun]) -> list[str]:
    return [str(run.id) for run in runs]


def results(client: Client, path: str, runs: list[FlowRun]) -> list[tuple[str, str]]:
    page = client.post(path, {"run": ids(runs)})
    assert page.status_code == 200
    assert "secret" not in text(page)
    return [(each.done, each.refusal) for each in page.context["selected"]]


def test_question_names_the_runs_and_changes_nothing(owner: Person, runs: list[FlowRun]) -> None:
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs"
    for action in ("cancel", "delete"):
        page = client.get(f"{at}/selected/{action}", {"run": [*ids(runs), "x"], "back": "state=running"})
        words = text(page)
        assert ("going" in words, "done" in words, "secret" in words) == (True, True, False)
        assert f'href="{at}?state=running"' in page.content.decode()
    assert FlowRun.objects.count() == 3
    assert "No run is selected" in text(client.get(f"{at}/selected/cancel"))


def test_each_run_says_what_happened_to_it(owner: Person, runs: list[FlowRun]) -> None:
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs/selected"
    paused = stage.flow_run(runs[0].flow, "paused", "PAUSED")
    deployed = stage.flow_run(runs[0].flow, "deployed", "RUNNING", deployment_id=uuid4())
    stage.flow_run(runs[0].flow, "child", "RUNNING", parent_task_run=stage.task_run(deployed, "call-0", "RUNNING"))
    by_hand = "Marked as cancelling. The script was started by hand and is not interrupted: stop it where it runs."
    assert results(client, f"{at}/cancel", [*runs, paused, deployed]) == [
        (by_hand, ""),
        ("", "It has already ended: it is Completed."),
        ("", "It no longer exists."),
        ("", "It no longer exists."),
        ("", "It is paused. Resume it first, then cancel it."),
        ("Its process has been asked to stop. Includes 1 child run.", ""),
    ]
    assert results(client, f"{at}/cancel", runs[:1]) == [("", "It is already being cancelled.")]
    runs[2].refresh_from_db()
    assert runs[2].state_type == "RUNNING"


def test_selected_runs_are_deleted(owner: Person, stranger: Person, runs: list[FlowRun]) -> None:
    path = f"{root(owner.workspace)}/runs/selected/delete"
    gone = ("", "It no longer exists.")
    assert results(visitor(owner.user), path, runs) == [("Deleted.", ""), ("Deleted.", ""), gone, gone]
    assert list(FlowRun.objects.values_list("name", flat=True)) == ["secret"]
    assert Entry.objects.filter(action="flow-run.deleted", object_name__in=["going", "done"]).count() == 2


def test_one_run_answers_with_its_result_alone(owner: Person, runs: list[FlowRun]) -> None:
    path = f"{root(owner.workspace)}/runs/selected/cancel"
    answer = visitor(owner.user).post(path, {"run": ids(runs[:1])}, headers={"X-Part": "result"})
    assert ("data-done" in answer.content.decode(), b"<html" in answer.content) == (True, False)


def test_back_leads_to_the_list_only(owner: Person, runs: list[FlowRun]) -> None:
    path = f"{root(owner.workspace)}/runs/selected/cancel"
    page = visitor(owner.user).get(path, {"run": ids(runs), "back": "//evil.example/?x=1&y=<b>"})
    assert page.context["back"] == f"{root(owner.workspace)}/runs?%2F%2Fevil.example%2F%3Fx=1&y=%3Cb%3E"


@pytest.mark.parametrize("headers", [{}, {"X-Part": "result"}])
def test_more_runs_than_a_page_has_are_refused(
    owner: Person, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr("workspaces.runs.pages.selection.MOST", 2)
    flow, client = stage.flow(owner.workspace), visitor(owner.user)
    path = f"{root(owner.workspace)}/runs/selected/delete"
    selected = ids([stage.flow_run(flow, f"run-{number}") for number in range(3)])
    for answer in (client.get(path, {"run": selected}), client.post(path, {"run": selected}, headers=headers)):
        assert answer.status_code == 422
        assert "Nothing was changed. Select at most 2 runs at once." in text(answer)
    assert FlowRun.objects.count() == 3
    assert client.post(path, {"run": selected[:2]}, headers=headers).status_code == 200
    assert FlowRun.objects.count() == 1


def test_boxes_work_without_scripts_and_need_a_scope(organization: Organization) -> None:
    workspace, viewer = organization.workspace, organization.member
    run = stage.flow_run(stage.flow(workspace), "done")
    client, path = visitor(organization.owner.user), f"{root(workspace)}/runs"
    page = client.get(path).content.decode()
    assert f'formaction="{path}/selected/cancel"' in page
    assert f'name="run" value="{run.id}"' in page
    assert "checked" not in page[page.index('id="rows"') :]
    everything = client.get(f"{path}?select=all").content.decode()
    assert "checked" in everything[everything.index('id="rows"') :]
    share(workspace, viewer.user, "Viewer")
    assert b'name="run"' not in visitor(viewer.user).get(path).content
    for action in ("cancel", "delete"):
        assert visitor(viewer.user).post(f"{path}/selected/{action}", {"run": [str(run.id)]}).status_code == 403


def test_child_runs_that_are_left_are_named_even_if_none_changed() -> None:
    result = CancellationResult("Cancelled", children_left=True)
    assert cancellation_message(FlowRun(), result) == "Cancelled. There are more child runs, which were not changed."
