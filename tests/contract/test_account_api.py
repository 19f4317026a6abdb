"""The account API of a person has the shapes of Cloud's document, where that lies beside the project."""

import pytest

from tests.contract.compare import differences
from tests.contract.documents import WORKSPACE, Document, cloud, operations, ours

# What is about the caller; accounts and workspaces as things to manage come later.
PERSONAL = ("/api/me/", "/api/users/", "/api/workspace_scopes", "/api/accounts/permissions", "/api/workspaces/")
OURS_ALONE = {("get", "/api/health")}
NOT_SERVED = {
    ("get", "/api/me/sessions"),
    ("post", "/api/me/sessions/filter"),
    ("post", "/api/me/sessions/{session_id}/terminate"),
}


@pytest.fixture(scope="module")
def theirs() -> Document:
    return cloud()


def test_every_operation_is_clouds(theirs: Document) -> None:
    wanted = operations(theirs)
    # Cloud declares 200 for a redirect.
    wanted["get", "/api/workspaces/{workspace_id}"]["responses"] = {"307": {}}
    problems = [
        f"{method.upper()} {path}: {problem}"
        for (method, path), operation in operations(ours(), outside=f"{WORKSPACE}/").items()
        if (method, path) not in OURS_ALONE
        for problem in (
            differences(ours(), operation, theirs, wanted[method, path])
            if (method, path) in wanted
            else ["Cloud has no such operation"]
        )
    ]
    assert problems == []


def test_what_is_not_served_is_listed(theirs: Document) -> None:
    missing = operations(theirs).keys() - operations(ours()).keys()
    assert {(method, path) for method, path in missing if path.startswith(PERSONAL)} == NOT_SERVED
