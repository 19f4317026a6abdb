"""Versions of deployments."""

from typing import Any

import pytest

from tests.cast import Person
from tests.workspaces.deployments.stage import call, create, read
from workspaces.deployments.services import versions

pytestmark = pytest.mark.django_db


def info(version: str) -> dict[str, Any]:
    return {"type": "git", "version": version, "branch": "main"}


def listed(person: Person, made: dict[str, Any]) -> list[str]:
    page = call(person, "post", f"{made['id']}/versions/paginate", {})[1]
    assert page["count"] == len(page["results"])
    return [one["version_info"]["version"] for one in page["results"]]


def test_each_deployed_version_is_kept_and_can_be_promoted(owner: Person) -> None:
    made = create(owner, version_info=info("1"), parameters={"x": 1})
    assert call(owner, "patch", made["id"], {"version_info": info("2"), "parameters": {"x": 2}}) == (204, None)
    assert listed(owner, made) == ["2", "1"]
    now = read(owner, made)
    assert (now["version_info"], now["parameters"]) == (info("2"), {"x": 2})
    path = f"{made['id']}/versions/{made['version_id']}"
    first = call(owner, "get", path)[1]
    assert (first["version_info"], first["parameters"]) == (info("1"), {"x": 1})
    assert call(owner, "post", f"{path}/promote", {"reason": "rollback"}) == (200, True)
    now = read(owner, made)
    assert (now["version_id"], now["parameters"], listed(owner, made)) == (made["version_id"], {"x": 1}, ["2", "1"])
    assert call(owner, "delete", path)[0] == 409


def test_same_version_again_is_no_new_one(owner: Person) -> None:
    made = create(owner, version_info=info("1"))
    assert call(owner, "patch", made["id"], {"version_info": info("1"), "description": "new"}) == (204, None)
    assert (listed(owner, made), read(owner, made)["version_id"]) == (["1"], made["version_id"])


def test_old_versions_go(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MOST_VERSIONS", 2)
    made = create(owner, version_info=info("1"))
    for version in "23":
        call(owner, "patch", made["id"], {"version_info": info(version)})
    assert listed(owner, made) == ["3", "2"]


def test_version_of_another_deployment_is_a_missing_one(owner: Person, stranger: Person) -> None:
    made = create(owner, version_info=info("1"))
    for other in (create(owner, "other", version_info=info("1")), create(stranger, version_info=info("1"))):
        for method, end in (("get", ""), ("delete", ""), ("post", "/promote")):
            path = f"{made['id']}/versions/{other['version_id']}{end}"
            assert call(owner, method, path, {} if end else None) == (404, {"detail": "Deployment version not found"})
