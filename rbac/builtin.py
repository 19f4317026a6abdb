"""The built-in workspace roles and the scopes of each (docs/contract/roles.md, "Built-in workspace roles")."""

from uuid import UUID

from rbac import scopes
from rbac.catalogue import with_included_scopes

OWNER, DEVELOPER, RUNNER, VIEWER, WORKER = "Owner", "Developer", "Runner", "Viewer", "Worker"

_HIDDEN_FROM_VIEWERS = {
    scopes.SEE_SECRET_BLOCKS,
    scopes.SEE_WORKSPACE_SETTINGS,
    scopes.SEE_WORKSPACE_USERS,
    scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
}
_FOR_OWNERS_ONLY = {
    scopes.MANAGE_ACLS,
    scopes.MANAGE_EVENT_PUBLICATIONS,
    scopes.MANAGE_EVENT_SUBSCRIPTIONS,
    scopes.MANAGE_MEX_DEPLOY,
    scopes.MANAGE_MEX_STORAGE,
    scopes.WRITE_WORKSPACE_SETTINGS,
    scopes.MANAGE_WORKSPACE_SETTINGS,
    scopes.MANAGE_WORKSPACE_USERS,
    scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
    scopes.MANAGE_WORKSPACE_TEAMS,
}
_VIEWER = frozenset(name for name in scopes.ALL if name.startswith("see_")) - _HIDDEN_FROM_VIEWERS
_WORKER = with_included_scopes(
    [
        scopes.RUN_FLOWS,
        scopes.RUN_TASKS,
        scopes.RUN_DEPLOYMENTS,
        scopes.WRITE_WORK_POOLS,
        scopes.WRITE_WORK_QUEUES,
        scopes.WRITE_WORKERS,
        scopes.SEE_SECRET_BLOCKS,
        scopes.WRITE_VARIABLES,
        scopes.WRITE_ARTIFACTS,
        scopes.MANAGE_CONCURRENCY_LIMITS,
        scopes.MANAGE_EVENTS,
        scopes.WRITE_ASSETS,
    ]
)

SCOPES: dict[str, frozenset[str]] = {
    OWNER: scopes.ALL,
    DEVELOPER: scopes.ALL - _FOR_OWNERS_ONLY,
    RUNNER: _VIEWER | {scopes.RUN_DEPLOYMENTS},
    VIEWER: _VIEWER,
    WORKER: _WORKER,
}
IDS: dict[str, UUID] = {
    name: UUID(int=0x0BA1_1000_0000_4000_8000_0000_0000_0000 + n) for n, name in enumerate(SCOPES, 1)
}
DESCRIPTIONS: dict[str, str] = {
    OWNER: "Everything, including settings, sharing and deletion of the workspace.",
    DEVELOPER: "Runs, creates, edits and deletes what is in the workspace, and sees the secrets of blocks.",
    RUNNER: "Sees what is in the workspace and runs deployments.",
    VIEWER: "Sees what is in the workspace and changes nothing.",
    WORKER: "For machines: polls for work, runs it, and reports on it.",
}
