"""The operations of deployments, as the reference server answers them."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Person
from tests.workspaces.deployments.stage import DAILY, call, create, read

pytestmark = pytest.mark.django_db


def test_created_deployment_is_read_by_id_and_by_name(owner: Person, stranger: Person) -> None:
    create(stranger, description="theirs")
    made = create(owner, description="ours", tags=["a"], parameters={"x": 1}, schedules=[{"schedule": DAILY}])
    assert call(owner, "get", made["id"]) == call(owner, "get", "name/etl/nightly") == (200, made)
    assert made["labels"] == {"prefect.flow.id": made["flow_id"]}
    assert (made["status"], made["paused"], made["pull_steps"]) == ("NOT_READY", False, [])
    assert [one["schedule"] for one in made["schedules"]] == [DAILY]


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_deployment_of_a_stranger_is_the_missing_one(owner: Person, stranger: Person, method: str) -> None:
    theirs = create(stranger)
    for path in (theirs["id"], str(uuid4())):
        status, body = call(owner, method, path, {} if method == "patch" else None)
        assert (status, body["detail"].rstrip(".")) == (404, "Deployment not found")
    assert read(stranger, theirs) == theirs
    assert call(owner, "post", "filter", {}) == (200, [])


def test_own_limit_goes_with_the_deployment_and_a_shared_one_stays(owner: Person) -> None:
    shared = owner.api.post(f"{owner.workspace_api}/v2/concurrency_limits/", {"name": "shared", "limit": 1}).json()
    mine, theirs = create(owner, "a", concurrency_limit=2), create(owner, "b", global_concurrency_limit_id=shared["id"])
    limit = mine["global_concurrency_limit"]
    assert (limit["name"], limit["limit"], limit["active_slots"]) == (f"deployment:{mine['id']}", 2, 0)
    assert theirs["global_concurrency_limit"]["id"] == shared["id"]
    assert call(owner, "patch", mine["id"], {"global_concurrency_limit_id": shared["id"]}) == (204, None)
    assert names_of_limits(owner) == ["shared"]
    change = {"concurrency_limit": 3, "global_concurrency_limit_id": None}
    assert call(owner, "patch", mine["id"], change) == (204, None)
    assert read(owner, mine)["global_concurrency_limit"]["limit"] == 3
    for path in (mine["id"], theirs["id"]):
        assert call(owner, "delete", path) == (204, None)
    assert names_of_limits(owner) == ["shared"]
    kept = create(owner, "c", concurrency_limit=2)
    assert owner.api.delete(f"{owner.workspace_api}/flows/{kept['flow_id']}").status_code == 204
    assert names_of_limits(owner) == ["shared"]


def names_of_limits(person: Person) -> list[str]:
    limits = person.api.post(f"{person.workspace_api}/v2/concurrency_limits/filter", {}).json()
    return [limit["name"] for limit in limits]


def test_lists_filter_count_and_delete(owner: Person, stranger: Person) -> None:
    create(stranger, "a", tags=["x"])
    first, second = create(owner, "a", tags=["x"]), create(owner, "b", flow="other")
    assert [row["id"] for row in call(owner, "post", "filter", {"sort": "NAME_DESC"})[1]] == [second["id"], first["id"]]
    by_flow = {"flows": {"name": {"any_": ["other"]}}}
    assert [row["name"] for row in call(owner, "post", "filter", by_flow)[1]] == ["b"]
    assert call(owner, "post", "count", {"deployments": {"tags": {"all_": ["x"]}}}) == (200, 1)
    page = call(owner, "post", "paginate", {"limit": 1, "page": 2})[1]
    assert ([row["name"] for row in page["results"]], page["count"], page["pages"]) == (["b"], 2, 2)
    body = {"deployments": {"name": {"any_": ["a"]}}}
    assert call(owner, "post", "bulk_delete", body) == (200, {"deleted": [first["id"]]})
    assert (call(owner, "post", "count", {}), call(stranger, "post", "count", {})) == ((200, 1), (200, 1))


def test_list_of_three_costs_as_many_queries_as_one(owner: Person) -> None:
    create(owner, "a", schedules=[{"schedule": DAILY}], concurrency_limit=1)
    with CaptureQueriesContext(connection) as one:
        call(owner, "post", "filter", {})
    for name in "bc":
        create(owner, name, schedules=[{"schedule": DAILY}], concurrency_limit=1)
    with CaptureQueriesContext(connection) as three:
        call(owner, "post", "filter", {})
    assert len(one) == len(three)
