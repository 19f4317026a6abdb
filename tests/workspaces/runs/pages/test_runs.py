"""The lists of runs, a flow run, a task run: what they show, to whom, and at what cost."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from auditlog.models import Entry
from core.pages import keyset
from orgs.services.roles import create_role
from tests.cast import Organization, Person, share
from tests.visits import comparable, queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.directory.services import create_workspace
from workspaces.runs.models import FlowRun, Log

TABS = ["overview", "logs", "task-runs", "child-runs", "timeline", "parameters", "history"]


@pytest.fixture
def run(owner: Person, stranger: Person) -> FlowRun:
    """A failed run of the owner; the stranger has a run with task, log and child run too."""
    theirs = stage.flow_run(stage.flow(stranger.workspace, "secret-flow"), "secret-run", "FAILED", message="secret")
    task = stage.task_run(theirs, "secret-task")
    stage.flow_run(theirs.flow, "secret-child", parent_task_run=task)
    stage.log(theirs, "secret line")
    return stage.flow_run(stage.flow(owner.workspace), "jolly-fox", "FAILED", message="KeyError: 'net_amount'")


# ---------------------------------------------------------------- lists
def test_lists_show_the_workspace_and_nothing_of_a_stranger(owner: Person, run: FlowRun) -> None:
    stage.task_run(run, "load-0")
    client = visitor(owner.user)
    for query, word in (("", "jolly-fox"), ("?tab=task-runs", "load-0")):
        page = text(client.get(f"{root(owner.workspace)}/runs{query}"))
        assert word in page
        assert "secret" not in page


def test_flows_are_polled_quickly_until_something_has_run_and_while_something_runs(
    owner: Person, stranger: Person
) -> None:
    client, address = visitor(owner.user), root(owner.workspace) + "/flows"

    def pace() -> str:
        return client.get(address, headers={"X-Poll": "1"})["Poll-Every"]

    stage.flow_run(stage.flow(stranger.workspace), "theirs", "RUNNING")
    page = client.get(address)
    assert f'href="/welcome?workspace={owner.workspace.id}"' in page.content.decode()
    assert pace() == "3000"
    flow = stage.flow(owner.workspace)
    stage.flow_run(flow, "done", ago=timedelta(hours=1))
    assert pace() == "15000"
    stage.flow_run(flow, "going", "RUNNING")
    assert pace() == "3000"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state=failed", ["boom"]),
        ("state=Failed&state=CRASHED", ["boom", "gone"]),
        ("state=late&state=scheduled", ["late", "soon"]),
        ("state=failed&state=crashed", ["boom", "gone"]),
        ("state=late", ["late"]),
        ("state=scheduled", ["soon"]),
        ("period=1h", ["boom", "late", "soon"]),
        ("tag=prod", ["boom", "gone"]),
        ("tag=prod,eu", ["gone"]),
        ("tag=prod&tag=eu", ["gone"]),
        ("q=OO", ["boom", "soon"]),
        ("q=etl", ["boom", "gone", "late", "soon"]),
        ("state=failed&tag=prod&q=boo&period=24h", ["boom"]),
        ("state=nonsense&period=eternity&flow=x&from=yesterday&to=&after=x&before=y&tag=,", ["ALL"]),
    ],
)
def test_list_filters(owner: Person, stranger: Person, query: str, names: list[str]) -> None:
    flow, other = stage.flow(owner.workspace), stage.flow(owner.workspace, "other")
    far = timedelta(hours=3)
    made = {
        "boom": stage.flow_run(flow, "boom", "FAILED", tags=["prod"]),
        "gone": stage.flow_run(flow, "gone", "CRASHED", tags=["prod", "eu"], ago=far),
        "late": stage.flow_run(flow, "late", "SCHEDULED", state_name="Late"),
        "soon": stage.flow_run(flow, "soon", "SCHEDULED"),
        "fine": stage.flow_run(other, "fine", ago=far),
    }
    stage.flow_run(stage.flow(stranger.workspace), "theirs", "FAILED", tags=["prod"])
    answer = visitor(owner.user).get(f"{root(owner.workspace)}/runs?{query}")
    shown = sorted(row.run.name for row in answer.context["rows"])
    assert shown == (sorted(made) if names == ["ALL"] else names)


def test_list_of_one_flow_does_not_reach_a_strangers_flow(owner: Person, run: FlowRun, stranger: Person) -> None:
    client, theirs = visitor(owner.user), stranger.workspace.flows.get()
    assert [row.run for row in client.get(f"{root(owner.workspace)}/runs?flow={run.flow_id}").context["rows"]] == [run]
    page = client.get(f"{root(owner.workspace)}/runs?flow={theirs.id}")
    assert page.context["rows"] == []
    assert "secret" not in text(page)


def test_each_condition_in_force_can_be_taken_away(owner: Person, run: FlowRun) -> None:
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs?state=failed&tag=a&tag=b&q=fox&after={run.id}")
    assert [(chip.label, chip.value, chip.without) for chip in page.context["chips"]] == [
        ("Name", "fox", "?state=failed&tag=a&tag=b"),
        ("State", "Failed", "?tag=a&tag=b&q=fox"),
        ("Tag", "a", "?state=failed&tag=b&q=fox"),
        ("Tag", "b", "?state=failed&tag=a&q=fox"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/runs?from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00",
        "/runs?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
        "/runs?q=%00&tag=%00&flow=%00&state=%00&period=%00&after=%00&before=%00",
        "/runs?tab=task-runs&q=%00&after=%00",
        "/flows?sort=name&after=%00&before=%00&q=%00&tag=%00",
        "/dashboard?period=%00&show=%00",
        "/runs/flow-run/{run}?tab=logs&earlier=0001-01-01T00:00:00%2B14:00~{run}&find=%00&level=%C2%B2",
        "/runs/flow-run/{run}?tab=task-runs&q=%00&state=%00&after=%00",
        "/runs/flow-run/{run}/logs/since?after=%00&find=%00",
    ],
)
def test_nonsense_in_the_address_is_taken_as_not_asked(owner: Person, run: FlowRun, path: str) -> None:
    answer = visitor(owner.user).get(root(owner.workspace) + path.format(run=run.id))
    assert answer.status_code in (200, 204, 286)


def test_nothing_found_differs_from_nothing_there(owner: Person, stranger: Person) -> None:
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs"
    assert "No runs yet" in text(client.get(path))
    stage.flow_run(stage.flow(owner.workspace))
    page = client.get(f"{path}?q=zzz")
    assert "No run matches" in text(page)
    assert b'value="zzz"' in page.content


def test_pages_of_the_list_follow_each_other_both_ways(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = stage.flow(owner.workspace)
    for number in range(keyset.PAGE_SIZE + 3):
        stage.flow_run(flow, f"run-{number:02}", ago=timedelta(minutes=100 - number), tags=["t"])
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs"
    first = client.get(f"{path}?tag=t").context
    assert (len(first["rows"]), first["page"].previous, str(first["total"])) == (50, None, "53")
    second = client.get(path + first["page"].next).context
    assert [row.run.name for row in second["rows"]] == ["run-02", "run-01", "run-00"]
    assert second["page"].next is None
    back = client.get(path + second["page"].previous).context
    assert [row.run for row in back["rows"]] == [row.run for row in first["rows"]]
    assert back["filter"].tags == ("t",)


def test_count_stops_at_its_cap(owner: Person) -> None:
    flow = stage.flow(owner.workspace)
    for name in "abc":
        stage.flow_run(flow, name)
    assert str(keyset.count(owner.workspace.flowruns.all(), cap=3)) == "3"
    assert str(keyset.count(owner.workspace.flowruns.all(), cap=2)) == "2+"


@pytest.mark.parametrize("query", ["", "?tab=task-runs", "?state=failed&tag=x&q=o&period=7d", "?q=zzz"])
def test_list_makes_the_same_few_queries_for_one_row_and_for_three(owner: Person, run: FlowRun, query: str) -> None:
    stage.task_run(run, "load-0")
    stage.flow_run(run.flow, "fox-0", "FAILED", tags=["x"])
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs{query}"
    one = queries(client, path)
    for number in (1, 2):
        more = stage.flow_run(stage.flow(owner.workspace, f"flow-{number}"), f"fox-{number}", "FAILED", tags=["x"])
        stage.task_run(more, f"load-{number}")
    assert queries(client, path) == one
    assert one <= 11


# ------------------------------------------------------------- a flow run
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_for_runs_in_any_state(owner: Person, run: FlowRun, tab: str) -> None:
    client = visitor(owner.user)
    stage.task_run(run, "load-0", "FAILED")
    fresh = stage.flow_run(run.flow, "fresh", "SCHEDULED")
    going = stage.flow_run(run.flow, "going", "RUNNING", parameters={"day": "2026-11-20", "deep": {"a": [1, None]}})
    task = stage.task_run(going, "call-0", "RUNNING")
    stage.flow_run(run.flow, "below", "RUNNING", parent_task_run=task)
    for each in (run, fresh, going):
        page = client.get(f"{root(owner.workspace)}/runs/flow-run/{each.id}?tab={tab}")
        assert page.status_code == 200
        assert each.name in text(page)
        assert "secret" not in text(page)


def test_failed_run_says_why_and_shows_its_task_runs_in_trouble(owner: Person, run: FlowRun) -> None:
    stage.task_run(run, "fine-0")
    stage.task_run(run, "bad-0", "FAILED")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}")
    assert page.context["state_reason"].message == "KeyError: 'net_amount'"
    assert page.context["task_counts"] == [("completed", 1), ("failed", 1)]
    assert [row.run.name for row in page.context["failed_task_runs"]] == ["bad-0"]


def test_child_run_leads_to_its_parent_and_back(owner: Person, run: FlowRun) -> None:
    task = stage.task_run(run, "call-0")
    child = stage.flow_run(stage.flow(owner.workspace, "inner"), "inner-run", parent_task_run=task)
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs"
    assert f"{at}/flow-run/{run.id}".encode() in client.get(f"{at}/flow-run/{child.id}").content
    assert f"{at}/flow-run/{child.id}".encode() in client.get(f"{at}/flow-run/{run.id}?tab=child-runs").content
    assert f"{at}/flow-run/{child.id}".encode() in client.get(f"{at}/flow-run/{run.id}?tab=timeline").content
    assert f"{at}/flow-run/{child.id}".encode() in client.get(f"{at}/task-run/{task.id}").content


@pytest.mark.parametrize("tab", TABS)
def test_run_makes_the_same_few_queries_for_one_task_run_and_for_three(owner: Person, run: FlowRun, tab: str) -> None:
    def add(number: int) -> None:
        task = stage.task_run(run, f"load-{number}", "FAILED")
        stage.flow_run(run.flow, f"child-{number}", parent_task_run=task)
        stage.log(run, "line", task=task)

    add(0)
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}?tab={tab}"
    one = queries(client, path)
    add(1)
    add(2)
    assert queries(client, path) == one
    assert one <= 15


def test_timeline_draws_each_task_run_and_groups_very_many(
    owner: Person, run: FlowRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        state = "FAILED" if number == 2 else "COMPLETED"
        stage.task_run(run, f"load-{number}", state, after=timedelta(seconds=number))
    stage.task_run(run, "save-0", "PENDING", after=timedelta(seconds=9))
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}?tab=timeline"
    drawn = client.get(path).context["timeline"]
    assert [(lane.name, len(lane.spans)) for lane in drawn.lanes] == [
        ("load-0", 1), ("load-1", 1), ("load-2", 1), ("save-0", 0),
    ]  # fmt: skip
    monkeypatch.setattr("workspaces.runs.pages.timeline.MOST_LANES", 3)
    grouped = client.get(path).context["timeline"]
    assert [(lane.name, lane.counts) for lane in grouped.lanes] == [
        ("load", [("completed", 2), ("failed", 1)]),
        ("save", [("pending", 1)]),
    ]


# ------------------------------------------------------------ a task run
@pytest.mark.parametrize("tab", ["overview", "logs", "history"])
def test_task_run_shows_inputs_message_and_log(owner: Person, run: FlowRun, stranger: Person, tab: str) -> None:
    first = stage.task_run(run, "extract-0")
    theirs = stranger.workspace.taskruns.first()
    assert theirs is not None
    inputs = {
        "chunk": [{"input_type": "task_run", "id": str(first.id)}],
        "odd": [{"input_type": "task_run", "id": str(theirs.id)}],
        "day": [{"input_type": "parameter", "name": "day"}],
        "size": [{"input_type": "constant", "type": "int"}],
        "times": [],
        "__parents__": [{"input_type": "flow_run", "id": str(run.id)}],
    }
    task = stage.task_run(run, "load-0", "FAILED", message="out of disk", task_inputs=inputs, run_count=3)
    stage.log(run, "its own line", task=task)
    stage.log(run, "another line")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/task-run/{task.id}?tab={tab}")
    words = text(page)
    assert "secret" not in words
    if tab == "overview":
        assert "out of disk" in words
        found = [(each.name, each.kind, each.label) for each in page.context["inputs"]]
        assert found == [
            ("chunk", "result of", "extract-0"),
            ("day", "flow parameter", "day"),
            ("odd", "task run", str(theirs.id)),
            ("size", "constant", "int"),
            ("times", "plain value", ""),
        ]
    if tab == "logs":
        assert [line.message for line in page.context["lines"]] == ["its own line"]


def test_task_run_makes_few_queries(owner: Person, run: FlowRun) -> None:
    task = stage.task_run(run, "load-0")
    stage.log(run, "line", task=task)
    for tab in ("overview", "logs", "history"):
        assert queries(visitor(owner.user), f"{root(owner.workspace)}/runs/task-run/{task.id}?tab={tab}") <= 12


# ----------------------------------------------------------------- doors
def _addresses(run: FlowRun) -> list[str]:
    task = run.task_runs.first() or stage.task_run(run, "load-0")
    at = f"/runs/flow-run/{run.id}"
    return [
        *(f"{at}?tab={tab}" for tab in TABS),
        f"{at}/logs/since",
        f"{at}/logs/download",
        f"{at}/cancel",
        f"{at}/mark-cancelled",
        f"{at}/delete",
        f"/runs/task-run/{task.id}",
        f"/runs/task-run/{task.id}/logs/since",
        f"/flows/flow/{run.flow_id}",
        f"/flows/flow/{run.flow_id}/delete",
    ]


def test_run_is_missing_for_a_stranger_and_from_every_other_workspace(
    owner: Person, stranger: Person, run: FlowRun
) -> None:
    second = create_workspace(owner.account, name="Second", handle="second", actor=owner.user.as_actor())
    client, other = visitor(owner.user), visitor(stranger.user)
    missing = client.get(f"{root(owner.workspace)}/runs/flow-run/{uuid4()}")
    assert missing.status_code == 404
    for path in _addresses(run):
        assert client.get(root(owner.workspace) + path).status_code in (200, 204, 286)
        elsewhere = [client.get(root(second) + path), client.get(root(stranger.workspace) + path)]
        nowhere = re.sub(r"[0-9a-f-]{36}", str(uuid4()), path)
        strange = [
            [comparable(other.get(root(workspace) + asked)) for asked in (path, nowhere)]
            for workspace in (owner.workspace, stranger.workspace)
        ]
        assert [answer.status_code for answer in elsewhere] == [404] * 2
        assert all(theirs == missing and "Page not found" in theirs for theirs, missing in strange)


def test_old_addresses_lead_to_the_new_ones(owner: Person, run: FlowRun) -> None:
    client, at = visitor(owner.user), root(owner.workspace)
    for old, new in (
        ("/flow-runs", "/runs"),
        ("/flow-runs/", "/runs"),
        (f"/flow-runs/flow-run/{run.id}", f"/runs/flow-run/{run.id}"),
        (f"/flow-runs/flow-run/{run.id}?tab=logs", f"/runs/flow-run/{run.id}?tab=logs"),
    ):
        answer = client.get(at + old)
        assert (answer.status_code, answer["Location"]) == (302, at + new)


# ----------------------------------------------------------------- deeds
def test_cancelling_asks_the_run_and_its_children_to_stop(owner: Person, stranger: Person, run: FlowRun) -> None:
    going = stage.flow_run(run.flow, "going", "RUNNING")
    child = stage.flow_run(run.flow, "child", "RUNNING", parent_task_run=stage.task_run(going, "call-0", "RUNNING"))
    path = f"{root(owner.workspace)}/runs/flow-run/{going.id}/cancel"
    assert visitor(stranger.user).post(path).status_code == 404
    going.refresh_from_db()
    assert going.state_type == "RUNNING"
    answer = visitor(owner.user).post(path, follow=True)
    assert "is not interrupted: stop it where it runs. Includes 1 child run." in text(answer)
    for each in (going, child):
        each.refresh_from_db()
        assert each.state_type == "CANCELLING"
    entry = Entry.objects.filter(action="flow-run.state-set", object_id=str(going.id)).get()
    assert str(entry.actor_id) == str(owner.user.id)


def test_script_started_by_hand_is_said_not_to_be_interrupted(owner: Person, run: FlowRun) -> None:
    by_hand = stage.flow_run(run.flow, "by-hand", "RUNNING")
    deployed = stage.flow_run(run.flow, "deployed", "RUNNING", deployment_id=uuid4())
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run"
    for path in ("", "/cancel"):
        assert "is not interrupted: stop it where it runs" in text(client.get(f"{at}/{by_hand.id}{path}"))
        assert "is asked to stop" in text(client.get(f"{at}/{deployed.id}{path}"))
    client.post(f"{at}/{by_hand.id}/cancel")
    assert "is not interrupted: stop it where it runs" in text(client.get(f"{at}/{by_hand.id}"))


def test_cancellation_that_nobody_confirms_is_ended_by_hand(owner: Person, stranger: Person, run: FlowRun) -> None:
    going = stage.flow_run(run.flow, "going", "CANCELLING")
    child = stage.flow_run(run.flow, "child", "CANCELLING", parent_task_run=stage.task_run(going, "call-0", "RUNNING"))
    path = f"{root(owner.workspace)}/runs/flow-run/{going.id}"
    assert "Mark as cancelled" in text(visitor(owner.user).get(path))
    assert visitor(stranger.user).post(f"{path}/mark-cancelled").status_code == 404
    going.refresh_from_db()
    assert going.state_type == "CANCELLING"
    assert "going is marked as cancelled" in text(visitor(owner.user).post(f"{path}/mark-cancelled", follow=True))
    for each in (going, child):
        each.refresh_from_db()
        assert each.state_type == "CANCELLED"
    entry = Entry.objects.get(action="flow-run.state-set", object_id=str(going.id))
    assert str(entry.actor_id) == str(owner.user.id)


def test_run_that_is_not_being_cancelled_is_not_marked(owner: Person, run: FlowRun) -> None:
    going = stage.flow_run(run.flow, "going", "RUNNING")
    path = f"{root(owner.workspace)}/runs/flow-run/{going.id}/mark-cancelled"
    assert "It is not being cancelled: it is Running." in text(visitor(owner.user).post(path, follow=True))
    going.refresh_from_db()
    assert going.state_type == "RUNNING"


def test_run_that_is_over_cannot_be_cancelled(owner: Person, run: FlowRun) -> None:
    answer = visitor(owner.user).post(f"{root(owner.workspace)}/runs/flow-run/{run.id}/cancel", follow=True)
    assert "was not cancelled. It has already ended: it is Failed." in text(answer)
    run.refresh_from_db()
    assert run.state_type == "FAILED"


def test_deleting_a_run_takes_its_log_and_nothing_else(owner: Person, stranger: Person, run: FlowRun) -> None:
    kept = stage.flow_run(run.flow, "kept")
    stage.log(kept, "kept line")
    stage.log(run, "line")
    path = f"{root(owner.workspace)}/runs/flow-run/{run.id}/delete"
    assert visitor(stranger.user).post(path).status_code == 404
    assert visitor(owner.user).get(path).status_code == 200
    assert FlowRun.objects.filter(id=run.id).exists()
    answer = visitor(owner.user).post(path)
    assert (answer.status_code, answer["Location"]) == (302, f"{root(owner.workspace)}/runs")
    assert list(owner.workspace.flowruns.all()) == [kept]
    assert sorted(Log.objects.values_list("message", flat=True)) == ["kept line", "secret line"]
    assert stranger.workspace.flowruns.count() == 2


def test_pages_of_runs_need_their_scopes(organization: Organization) -> None:
    workspace, viewer = organization.workspace, organization.member
    run = stage.flow_run(stage.flow(workspace))
    path = f"{root(workspace)}/runs/flow-run/{run.id}"
    assert visitor(viewer.user).get(path).status_code == 404
    share(workspace, viewer.user, "Viewer")
    page = visitor(viewer.user).get(path)
    assert page.status_code == 200
    assert b"delete-run" not in page.content
    deeds = ("cancel", "mark-cancelled", "delete")
    assert [visitor(viewer.user).post(f"{path}/{deed}").status_code for deed in deeds] == [403] * 3
    blind = create_role(
        organization.account, name="Blocks", scopes=["see_blocks"], actor=organization.owner.user.as_actor()
    )
    share(workspace, viewer.user, blind.name)
    assert visitor(viewer.user).get(path).status_code == 403
