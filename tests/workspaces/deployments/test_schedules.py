"""Schedules of deployments: their own operations, and what an update of the deployment does to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.workspaces.deployments.stage import DAILY, call, create, read
from tests.workspaces.runs import stage
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.runs.models import FlowRun

pytestmark = pytest.mark.django_db

HOURLY = {"cron": "0 * * * *", "timezone": "UTC", "day_or": True}


def slugs(person: Person, made: dict[str, Any]) -> dict[str | None, bool]:
    """Whether each schedule is active, by slug."""
    return {one["slug"]: one["active"] for one in read(person, made)["schedules"]}


def scheduled(person: Person, made: dict[str, Any], **fields: Any) -> FlowRun:
    deployment = Deployment.objects.get(id=made["id"])
    soon = timezone.now() + timedelta(hours=1)
    defaults: dict[str, Any] = {"auto_scheduled": True, "deployment": deployment, "next_scheduled_start_time": soon}
    return stage.flow_run(deployment.flow, "later", "SCHEDULED", **defaults | fields)


def test_schedules_are_added_changed_and_deleted(owner: Person) -> None:
    made = create(owner)
    path = f"{made['id']}/schedules"
    status, [added] = call(owner, "post", path, [{"schedule": HOURLY, "slug": "a", "max_scheduled_runs": 5}])
    assert (status, added["schedule"], added["max_scheduled_runs"]) == (201, HOURLY, 5)
    assert call(owner, "get", path) == (200, [added])
    taken = (409, {"detail": "Schedule slugs must be unique within a deployment."})
    assert call(owner, "post", path, [{"schedule": DAILY, "slug": "a"}]) == taken
    assert call(owner, "patch", f"{path}/{added['id']}", {"active": False, "schedule": DAILY}) == (204, None)
    [changed] = call(owner, "get", path)[1]
    assert (changed["active"], changed["schedule"], changed["slug"]) == (False, DAILY, "a")
    assert call(owner, "delete", f"{path}/{added['id']}") == (204, None)
    for method in ("patch", "delete"):
        body: Any = {} if method == "patch" else None
        assert call(owner, method, f"{path}/{added['id']}", body) == (404, {"detail": "Schedule not found."})


NO_SCHEDULE = "Unable to create new deployment schedules without a schedule configuration."
NO_SLUG = "Please provide a slug for each schedule in your request to ensure schedules are updated correctly."
TWICE = "Multiple schedules have 'replaces' targeting the same slug: a"
TAKEN = "Cannot rename schedule from 'a' to 'b': a schedule with slug 'b' already exists."


def change(slug: str, replaces: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"slug": slug, "replaces": replaces, **fields}


@pytest.mark.parametrize(
    ("existing", "given", "after"),
    [
        (["a", None], [], {}),
        (["a", None], [change("b", schedule=HOURLY), change("c")], {"b": True}),
        (["a", "b"], [], {"a": True, "b": True}),
        (["a", "b"], [change("a", active=False)], {"a": False, "b": True}),
        (["a"], [change("n", schedule=HOURLY)], {"a": True, "n": True}),
        (["a"], [change("n", "a", active=False)], {"n": False}),
        (["a"], [change("n", "gone", schedule=HOURLY)], {"a": True, "n": True}),
        (["a", "b"], [change("b", "a", active=False), change("a", "b")], {"a": True, "b": False}),
        (["a"], [change("n")], NO_SCHEDULE),
        (["a"], [{"schedule": HOURLY}], NO_SLUG),
        (["a"], [change("x", "a"), change("y", "a")], TWICE),
        (["a", "b"], [change("b", "a")], TAKEN),
    ],
)
def test_update_of_the_deployment(owner: Person, existing: list[Any], given: Any, after: Any) -> None:
    made = create(owner, schedules=[{"schedule": DAILY, "slug": slug} for slug in existing])
    status, body = call(owner, "patch", made["id"], {"schedules": given, "description": "new"})
    if isinstance(after, str):
        assert (status, body) == (422, {"detail": after})
        assert (slugs(owner, made), read(owner, made)["description"]) == (dict.fromkeys(existing, True), None)
    else:
        assert (status, slugs(owner, made)) == (204, after)


def test_update_without_schedules_leaves_them(owner: Person) -> None:
    made = create(owner, schedules=[{"schedule": DAILY}])
    assert call(owner, "patch", made["id"], {"description": "new"}) == (204, None)
    assert read(owner, made)["schedules"] == made["schedules"]


def test_creating_again_replaces_the_schedules(owner: Person) -> None:
    made = create(owner, schedules=[{"schedule": DAILY, "slug": "a"}], description="d", tags=["t"])
    again = {"name": made["name"], "flow_id": made["flow_id"], "tags": ["u"]}
    status, body = call(owner, "post", "", {**again, "schedules": [{"schedule": HOURLY}]})
    assert (status, body["id"], body["description"], body["tags"]) == (200, made["id"], "d", ["u"])
    assert [one["schedule"] for one in body["schedules"]] == [HOURLY]
    assert call(owner, "post", "", again)[1]["schedules"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "left"),
    [
        ("patch", "", {"description": "new"}, {"past", "manual", "waiting", "ran"}),
        ("post", "/pause_deployment", None, {"manual", "waiting", "ran"}),
        ("post", "/resume_deployment", None, {"future", "past", "manual", "waiting", "ran"}),
        ("delete", "/schedules/{}", None, {"manual", "waiting", "ran"}),
        ("delete", "", None, {"waiting", "ran"}),
    ],
)
def test_changes_remove_scheduled_runs(owner: Person, method: str, path: str, body: Any, left: set[str]) -> None:
    made = create(owner, schedules=[{"schedule": DAILY}])
    DeploymentSchedule.objects.update(look_at=timezone.now() + timedelta(hours=1))
    runs = {
        "future": scheduled(owner, made),
        "past": scheduled(owner, made, next_scheduled_start_time=timezone.now() - timedelta(hours=1)),
        "manual": scheduled(owner, made, auto_scheduled=False),
        "waiting": scheduled(owner, made, state_name="AwaitingConcurrencySlot"),
        "ran": scheduled(owner, made),
    }
    FlowRun.objects.filter(id=runs["ran"].id).update(run_count=1)
    status, _ = call(owner, method, made["id"] + path.format(made["schedules"][0]["id"]), body)
    assert status < 300
    there = set(FlowRun.objects.values_list("id", flat=True))
    assert {name for name, run in runs.items() if run.id in there} == left
    if "future" not in left:
        assert not DeploymentSchedule.objects.filter(look_at__isnull=False).exists()


def test_invalid_schedule_is_refused(owner: Person) -> None:
    made = create(owner)
    for schedule in ({"cron": "x"}, {"interval": 0}, {"rrule": "x"}, {"interval": 60, "timezone": "Nowhere/No"}):
        status, body = call(owner, "post", f"{made['id']}/schedules", [{"schedule": schedule}])
        assert (status, body["exception_message"]) == (422, "Invalid request received.")
