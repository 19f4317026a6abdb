"""The operations of deployments, as the reference server answers them."""

from uuid import uuid4

import pytest

from tests.cast import Person
from tests.workspaces.deployments.stage import DAILY, call, create, read

pytestmark = pytest.mark.django_db

NOT_FOUND = (404, {"detail": "Deployment not found"})


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
