"""The account API has the shapes of Cloud's document, where that lies beside the project.

Cloud's document sorts its operations by tags. TAGS are those that we serve: what ours lacks of them stands in
NOT_SERVED, and everything below a workspace that carries one of them is compared here, too.
"""

import pytest

from tests.contract.cloud_alone import OPERATIONS
from tests.contract.compare import differences
from tests.contract.documents import WORKSPACE, Document, Operation, cloud, operations, ours

pytestmark = pytest.mark.one_database(reason="the OpenAPI document has no SQL")

TAGS = {
    "Account Images",
    "Account Memberships",
    "Account Roles",
    "Accounts",
    "Bots",
    "Events",
    "Invitations",
    "Me",
    "Teams",
    "Users",
    "Workspace Access",
    "Workspace Bot Access",
    "Workspace Invitations",
    "Workspace Roles",
    "Workspace Scopes",
    "Workspace Team Access",
    "Workspace User Access",
    "Workspaces",
}
NOT_SERVED = {
    "POST /api/accounts/{account_id}/events",
    "POST /api/accounts/{account_id}/workspaces/{workspace_id}/events",
    "POST /api/accounts/{account_id}/workspaces/{workspace_id}/events/count-by/{countable}",
    "POST /api/accounts/{account_id}/workspaces/{workspace_id}/events/filter",
    "GET /api/accounts/{account_id}/workspaces/{workspace_id}/events/filter/next",
    "GET /api/accounts/{account_id}/workspaces/{workspace_id}/flow_runs/{flow_run_id}/events",
    "DELETE /api/accounts/{account_id}/workspaces/{workspace_id}/tags",
    "GET /api/accounts/{account_id}/workspaces/{workspace_id}/tags",
    "GET /api/accounts/{account_id}/workspaces/{workspace_id}/managed_execution/details",
    "POST /api/accounts/{account_id}/workspaces/{workspace_id}/transfer",
    "POST /api/accounts/{account_id}/workspaces/{workspace_id}/validate_transfer",
}
# Not in Cloud's document.
OURS_ALONE = {
    # The command line's (docs/contract/cloud-api.md, "IP allowlist").
    "GET /api/accounts/{account_id}/ip_allowlist",
    "GET /api/accounts/{account_id}/ip_allowlist/my_access",
    "PUT /api/accounts/{account_id}/ip_allowlist",
    "POST /api/accounts/",
    # Null leaves a default role as it is, so something else must take it away.
    "DELETE /api/accounts/{account_id}/workspaces/{workspace_id}/default_workspace_role",
    # Retention and the trash.
    "GET /api/accounts/{account_id}/retention",
    "PATCH /api/accounts/{account_id}/retention",
    "POST /api/accounts/{account_id}/retention/preview",
    "GET /api/accounts/{account_id}/legal_holds",
    "PUT /api/accounts/{account_id}/legal_holds/{workspace_id}",
    "DELETE /api/accounts/{account_id}/legal_holds/{workspace_id}",
    "GET /api/accounts/{account_id}/workspaces/{workspace_id}/retention",
    "PATCH /api/accounts/{account_id}/workspaces/{workspace_id}/retention",
    "POST /api/accounts/{account_id}/workspaces/{workspace_id}/retention/preview",
    "GET /api/accounts/{account_id}/trash",
    "POST /api/accounts/{account_id}/trash/{trashed_id}/restore",
    "GET /api/me/trash",
    "POST /api/me/trash/{trashed_account_id}/restore",
    "GET /api/health",
    "GET /api/health/services",
    "GET /api/accounts/{account_id}/plan",
}


@pytest.fixture(scope="module")
def theirs() -> dict[str, Operation]:
    wanted = _named(cloud())
    # Cloud declares 200 for a redirect.
    wanted["GET /api/workspaces/{workspace_id}"]["responses"] = {"307": {}}
    return wanted


def test_every_operation_is_clouds(theirs: dict[str, Operation]) -> None:
    below_workspaces = f"{WORKSPACE}/"
    problems = [
        f"{name}: {problem}"
        for name, operation in _named(ours()).items()
        if name not in OURS_ALONE
        and (
            below_workspaces not in name
            or name.replace(WORKSPACE, "") in OPERATIONS
            or _is_served(theirs.get(name, {}))
        )
        for problem in (
            differences(ours(), operation, cloud(), theirs[name]) if name in theirs else ["Cloud has no such operation"]
        )
    ]
    assert problems == []


def test_what_is_not_served_is_listed(theirs: dict[str, Operation]) -> None:
    wanted = {name for name, operation in theirs.items() if _is_served(operation)}
    assert wanted - _named(ours()).keys() == NOT_SERVED
    assert {tag for operation in theirs.values() for tag in operation.get("tags", [])} >= TAGS


def test_what_is_ours_alone_is_served_and_not_clouds(theirs: dict[str, Operation]) -> None:
    assert OURS_ALONE - _named(ours()).keys() == set()
    assert OURS_ALONE & theirs.keys() == set()


def _is_served(operation: Operation) -> bool:
    return not TAGS.isdisjoint(operation.get("tags", []))


def _named(document: Document) -> dict[str, Operation]:
    return {f"{method.upper()} {path}": operation for (method, path), operation in operations(document).items()}
