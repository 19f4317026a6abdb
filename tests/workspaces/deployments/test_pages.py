"""The pages of deployments."""

from typing import Any

import pytest
from django.test import Client

from rbac.access_lists import RUN, VIEW
from tests.cast import Organization, Person, share
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.pages.schedule_words import schedule_words
from workspaces.runs.models import FlowRun
from workspaces.work_pools.services.pools import create_pool

pytestmark = pytest.mark.django_db
SCHEMA = {
    "type": "object",
    "required": ["region"],
    "properties": {"region": {"type": "string"}, "count": {"type": "integer", "minimum": 1}},
}


@pytest.fixture
def deployment(owner: Person) -> Deployment:
    row = stage.full_deployment(stage.flow(owner.workspace, "report"), "hourly", owner.user.as_actor())
    Deployment.objects.filter(id=row.id).update(parameter_openapi_schema=SCHEMA, parameters={"region": "eu"})
    row.refresh_from_db()
    return row


@pytest.fixture
def client(owner: Person) -> Client:
    return visitor(owner.user)


def place(row: Deployment) -> str:
    return f"{root(row.workspace)}/deployments/deployment/{row.id}"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "daily hourly"), ("?q=HOUR", "hourly"), ("?q=report", "hourly"), ("?tag=hourly", "hourly"),
        ("?paused=yes", "daily"), ("?paused=no", "hourly"), ("?pool=fast", "daily"), ("?flow={flow}", "hourly"),
        ("?q=none", ""), ("?paused=what&flow=x&q=%00hour", "hourly"),
    ],
)  # fmt: skip
def test_list_is_searched(
    owner: Person, stranger: Person, deployment: Deployment, client: Client, query: str, names: str
) -> None:
    pool = create_pool(owner.workspace, {"name": "fast"}, actor=owner.user.as_actor())
    stage.deployment(stage.flow(owner.workspace, "other"), "daily", paused=True, work_queue=pool.default_queue)
    stage.deployment(stage.flow(stranger.workspace, "report"), "hourly")
    page = client.get(f"{root(owner.workspace)}/deployments{query.format(flow=deployment.flow_id)}")
    assert [row.deployment.name for row in page.context["rows"]] == names.split()


def test_list_costs_the_same_whatever_it_shows(owner: Person, deployment: Deployment, client: Client) -> None:
    path = f"{root(owner.workspace)}/deployments"
    one = queries(client, path)
    for number in range(3):
        row = stage.full_deployment(deployment.flow, f"more-{number}", owner.user.as_actor())
        stage.flow_run(deployment.flow, deployment=row)
    assert queries(client, path) <= one + 1  # the last runs


@pytest.mark.parametrize("page", ["", "/edit", "/run", "/pause", "/delete", "/schedules/add"])
def test_stranger_gets_what_does_not_exist(stranger: Person, deployment: Deployment, page: str) -> None:
    outside = visitor(stranger.user)
    inside = place(deployment).replace(root(deployment.workspace), root(stranger.workspace))
    for path in (place(deployment), inside):
        assert outside.get(path + page).status_code == 404
        assert outside.post(path + page, {"quick": "1"}).status_code in (404, 405)
    assert FlowRun.objects.count() == 0


def test_tabs_show_the_deployment(deployment: Deployment, client: Client) -> None:
    begun = stage.flow_run(deployment.flow, "begun", deployment=deployment)
    stage.flow_run(deployment.flow, "planned", "SCHEDULED", deployment=deployment)
    shown = {tab: text(client.get(f"{place(deployment)}?tab={tab}")) for tab in ("runs", "upcoming", "versions")}
    assert ("begun" in shown["runs"], "planned" in shown["upcoming"], "Promote" in shown["versions"]) == (True,) * 3
    assert "every day at 06:00, UTC" in text(client.get(f"{place(deployment)}?tab=schedules"))
    assert '"eu"' in client.get(f"{place(deployment)}?tab=details").content.decode().replace("&quot;", '"')
    run = text(client.get(f"{root(deployment.workspace)}/runs/flow-run/{begun.id}"))
    listed = client.get(f"{root(deployment.workspace)}/runs?deployment={deployment.id}")
    assert ("hourly" in run, [row.deployment for row in listed.context["rows"]]) == (True, ["hourly", "hourly"])
    assert "hourly" in text(client.get(f"{root(deployment.workspace)}/flows/flow/{deployment.flow_id}?tab=deployments"))
    assert "hourly" in text(client.get(f"/search?q=hour&workspace={deployment.workspace_id}"))


def test_run_form_creates_the_run_that_it_describes(deployment: Deployment, client: Client) -> None:
    form = {
        "when": "later", "at": "2031-01-02T03:04", "name": "mine", "tags": "a, b", "message": "why not",
        "p:region": "us", "p:count": "2",
    }  # fmt: skip
    answer = client.post(f"{place(deployment)}/run", form)
    run = FlowRun.objects.get()
    assert answer["Location"].endswith(f"/runs/flow-run/{run.id}")
    assert (run.name, run.parameters, run.tags) == ("mine", {"region": "us", "count": 2}, ["hourly", "a", "b"])
    assert run.next_scheduled_start_time is not None
    assert (run.next_scheduled_start_time.year, run.deployment_id) == (2031, deployment.id)


def test_quick_run_takes_the_defaults(deployment: Deployment, client: Client) -> None:
    assert client.post(f"{place(deployment)}/run", {"quick": "1"}).status_code == 302
    assert FlowRun.objects.get().parameters == {"region": "eu"}
    Deployment.objects.update(parameters={})
    answer = client.post(f"{place(deployment)}/run", {"quick": "1"})
    assert (answer.status_code, FlowRun.objects.count(), "region" in text(answer)) == (422, 1, True)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"p:count": "0"}, "0 is less than the minimum of 1"),
        ({"p:count": "x"}, "Write a whole number."),
        ({"p:region": ""}, "This is required."),
        ({"when": "later"}, "Write a time"),
        ({"name": "x" * 300}, "at most 255 characters"),
        ({"mode": "json", "json": '{"region": 5}'}, "is not of type"),
        ({"mode": "json", "json": "nonsense"}, "This is not JSON"),
        ({"tags": ",".join(map(str, range(1000)))}, "tags are possible"),
    ],
)
def test_run_form_says_what_is_wrong(deployment: Deployment, client: Client, form: Any, words: str) -> None:
    answer = client.post(f"{place(deployment)}/run", {"when": "now", "p:region": "kept", **form})
    assert (answer.status_code, words in text(answer), FlowRun.objects.count()) == (422, True, 0)


def test_integers_beyond_64_bits_are_shown_and_kept(deployment: Deployment, client: Client) -> None:
    parameters = {"region": "eu", "seed": 10**30}
    Deployment.objects.filter(id=deployment.id).update(parameters=parameters)
    assert [client.get(place(deployment) + page).status_code for page in ("?tab=details", "/run", "/edit")] == [200] * 3
    assert client.post(f"{place(deployment)}/run", {"when": "now", "p:region": "eu", "p:count": "1"}).status_code == 302
    assert FlowRun.objects.get().parameters == {**parameters, "count": 1}
    shown = client.get(f"{place(deployment)}/edit").context["form"]
    form = {field.html_name: field.value() for field in shown if field.value() is not None}
    form |= {field.html_initial_name: form[field.html_name] for field in shown if field.html_name in form}
    form["parameters"] = form["parameters"].replace("eu", "us")
    assert client.post(f"{place(deployment)}/edit", form).status_code == 302
    deployment.refresh_from_db()
    assert deployment.parameters == {"region": "us", "seed": 10**30}


def test_form_and_json_carry_the_same_values(deployment: Deployment, client: Client) -> None:
    form = {"when": "now", "p:region": "ap", "p:count": "3"}
    as_json = client.post(f"{place(deployment)}/run", {**form, "switch": "json"}).context["parameters"]
    assert as_json.values == {"region": "ap", "count": 3}
    back = {"when": "now", "mode": "json", "json": as_json.text, "switch": "form"}
    fields = client.post(f"{place(deployment)}/run", back).context["fields"]
    assert [field.shown for field in fields] == ["ap", "3"]


def test_schedule_is_previewed_saved_switched_and_deleted(deployment: Deployment, client: Client) -> None:
    form = {"kind": "cron", "cron": "30 6 * * 1-5", "timezone": "Europe/Berlin", "active": "on", "slug": "work"}
    preview = client.post(f"{place(deployment)}/schedules/add", {**form, "preview": "1"})
    dates = preview.context["preview"]
    assert (len(dates), {(date.hour, date.minute) for date in dates}) == (10, {(6, 30)})
    assert not DeploymentSchedule.objects.filter(slug="work").exists()
    assert client.post(f"{place(deployment)}/schedules/add", form).status_code == 302
    row = DeploymentSchedule.objects.get(slug="work")
    assert schedule_words(row.schedule) == "Monday to Friday at 06:30, Europe/Berlin"
    one = f"{place(deployment)}/schedules/schedule/{row.id}"
    hourly = {"kind": "interval", "every": "1.5", "unit": "hours", "timezone": "UTC", "parameters": '{"region": "x"}'}
    assert client.post(one, hourly).status_code == 302
    row.refresh_from_db()
    assert (row.schedule["interval"], row.active, row.slug, row.parameters) == (5400.0, False, None, {"region": "x"})
    assert client.get(one).context["form"]["every"].value() == "90"
    client.post(f"{one}/switch", {"active": "on"})
    row.refresh_from_db()
    assert row.active
    client.post(f"{one}/delete")
    assert not DeploymentSchedule.objects.filter(id=row.id).exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "cron", "cron": "61 * * * *"}, "cron"), ({"kind": "cron"}, "cron"), ({"kind": "interval"}, "every"),
        ({"kind": "interval", "every": "9999999999", "unit": "weeks"}, "every"),
        ({"kind": "rrule", "rrule": "x"}, "rrule"),
        ({"kind": "cron", "cron": "* * * * *", "timezone": "Mars/Olympus"}, "timezone"), ({"kind": "x"}, "kind"),
        ({"kind": "cron", "cron": "* * * * *", "slug": "hourly"}, "slug"),
        ({"kind": "interval", "every": "1", "anchor": "0001-01-01T00:00", "timezone": "Asia/Tokyo"}, None),
    ],
)  # fmt: skip
def test_schedule_form_says_what_is_wrong(deployment: Deployment, client: Client, form: Any, field: str | None) -> None:
    answer = client.post(f"{place(deployment)}/schedules/add", {"timezone": "UTC", "unit": "seconds", **form})
    assert answer.status_code == (422 if field else 302)
    assert field is None or list(answer.context["form"].errors) == [field]


def test_edit_saves_what_was_edited(owner: Person, deployment: Deployment, client: Client) -> None:
    create_pool(owner.workspace, {"name": "fast"}, actor=owner.user.as_actor())
    shown = client.get(f"{place(deployment)}/edit").context["form"]
    form = {field.html_name: field.value() or "" for field in shown}
    form |= {field.html_initial_name: field.value() or "" for field in shown}
    changes = {"description": "new", "work_pool_name": "fast", "concurrency_limit": "3", "tags": "x"}
    assert client.post(f"{place(deployment)}/edit", form | changes).status_code == 302
    deployment.refresh_from_db()
    assert (deployment.description, deployment.tags, deployment.parameters) == ("new", ["x"], {"region": "eu"})
    assert deployment.work_queue is not None
    assert deployment.concurrency_limit is not None
    assert (deployment.work_queue.name, deployment.concurrency_limit.limit) == ("default", 3)
    wrong = client.post(f"{place(deployment)}/edit", form | {"parameters": '{"count": 0}'})
    assert (wrong.status_code, "less than the minimum" in text(wrong)) == (422, True)


def test_access_list_narrows_who_sees_runs_and_changes(organization: Organization) -> None:
    owner, member = organization.owner, organization.member
    row = stage.full_deployment(stage.flow(organization.workspace), "hourly", owner.user.as_actor())
    share(organization.workspace, member.user, "Developer")
    inside = visitor(member.user)
    assert [inside.get(place(row) + page).status_code for page in ("", "/run", "/edit")] == [200, 200, 200]

    def save(**form: str) -> int:
        seen = visitor(owner.user).get(f"{place(row)}?tab=access").context["seen"]
        return visitor(owner.user).post(f"{place(row)}/access", {"seen": seen, **form}).status_code

    assert save(**{"level-everyone": ""}) == 422  # it would be open to all
    for level, expected in ((VIEW, [200, 403, 403]), (RUN, [200, 200, 403])):
        add = {"level-everyone": "", f"level-user-{member.user.id}": level}
        if level == VIEW:
            add |= {"add": f"user-{member.user.id}", "add-level": level}
        assert save(**add) == 302
        assert [inside.get(place(row) + page).status_code for page in ("", "/run", "/edit")] == expected
    assert save(**{f"level-user-{member.user.id}": "", "add": f"user-{owner.user.id}", "add-level": "manage"}) == 302
    assert inside.get(place(row)).status_code == 404
    assert inside.get(f"{root(row.workspace)}/deployments").context["rows"] == []
    assert save(seen="stale", **{"level-everyone": "manage"}) == 422
    assert save(**{"level-everyone": "manage"}) == 302
    assert inside.get(place(row)).status_code == 200


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"interval": 3600.0}, "every hour, UTC"),
        ({"interval": 5400.0}, "every 90 minutes, UTC"),
        ({"interval": 0.5}, "every 0.5 seconds, UTC"),
        ({"cron": "*/5 * * * *"}, "every 5 minutes, UTC"),
        ({"cron": "7 * * * *"}, "every hour at minute 7, UTC"),
        ({"cron": "0 9 * * MON,fri"}, "Monday and Friday at 09:00, UTC"),
        ({"cron": "0 0 1 * *", "timezone": "Asia/Tokyo"}, "cron 0 0 1 * *, Asia/Tokyo"),
        ({"cron": "*/7 1 * * 9"}, "cron */7 1 * * 9, UTC"),
        ({"cron": "@daily"}, "cron @daily, UTC"),
        ({"rrule": "DTSTART:20200101T000000\nRRULE:FREQ=WEEKLY;INTERVAL=2"}, "every 2 weeks, UTC"),
        ({"rrule": "FREQ=DAILY;COUNT=3"}, "rule FREQ=DAILY;COUNT=3, UTC"),
    ],
)
def test_schedules_in_words(schedule: dict[str, Any], words: str) -> None:
    assert schedule_words(schedule) == words


def test_deployment_is_paused_resumed_and_deleted(deployment: Deployment, client: Client) -> None:
    assert client.post(f"{place(deployment)}/pause").status_code == 302
    page = client.get(f"{place(deployment)}?tab=schedules")
    assert ("Resume" in text(page), "no schedule creates runs" in text(page)) == (True, True)
    assert client.post(f"{place(deployment)}/resume").status_code == 302
    deployment.refresh_from_db()
    assert not deployment.paused
    assert client.post(f"{place(deployment)}/delete").status_code == 302
    assert client.get(place(deployment)).status_code == 404
