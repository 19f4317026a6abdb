"""The built-in workspace roles and what each holds (cloud-api.md 4.2 and 4.4, whose proposal this follows)."""

from uuid import UUID

from rbac import scopes

OWNER, DEVELOPER, RUNNER, VIEWER, WORKER = "Owner", "Developer", "Runner", "Viewer", "Worker"

_HIDDEN_FROM_VIEWERS = {
    scopes.SEE_SECRET_BLOCKS,
    scopes.SEE_WORKSPACE_SETTINGS,
    scopes.SEE_WORKSPACE_USERS,
    scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
}
_VIEWER = frozenset(name for name in scopes.ALL if name.startswith("see_")) - _HIDDEN_FROM_VIEWERS
_RUNNER = _VIEWER | {scopes.RUN_DEPLOYMENTS}
_DEVELOPER = _RUNNER | {
    scopes.RUN_FLOWS,
    scopes.RUN_TASKS,
    scopes.MANAGE_FLOWS,
    scopes.MANAGE_SAVED_SEARCH,
    scopes.WRITE_DEPLOYMENTS,
    scopes.MANAGE_DEPLOYMENTS,
    scopes.WRITE_WORK_POOLS,
    scopes.MANAGE_WORK_POOLS,
    scopes.WRITE_WORK_QUEUES,
    scopes.MANAGE_WORK_QUEUES,
    scopes.WRITE_WORKERS,
    scopes.MANAGE_WORKERS,
    scopes.SEE_SECRET_BLOCKS,
    scopes.MANAGE_BLOCKS,
    scopes.MANAGE_AUTOMATIONS,
    scopes.WRITE_NOTIFICATIONS,
    scopes.MANAGE_NOTIFICATIONS,
    scopes.MANAGE_CONCURRENCY_LIMITS,
    scopes.WRITE_ARTIFACTS,
    scopes.MANAGE_ARTIFACTS,
    scopes.WRITE_VARIABLES,
    scopes.MANAGE_VARIABLES,
    scopes.MANAGE_EVENTS,
    scopes.WRITE_INCIDENTS,
    scopes.MANAGE_INCIDENTS,
    scopes.MANAGE_TAGS,
    scopes.WRITE_ASSETS,
    scopes.MANAGE_ASSETS,
    scopes.MANAGE_WEBHOOKS,
    scopes.SEE_WORKSPACE_SETTINGS,
    scopes.SEE_WORKSPACE_USERS,
    scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
}
_WORKER = frozenset(
    {
        scopes.SEE_FLOWS,
        scopes.RUN_FLOWS,
        scopes.RUN_TASKS,
        scopes.SEE_DEPLOYMENTS,
        scopes.RUN_DEPLOYMENTS,
        scopes.SEE_WORK_POOLS,
        scopes.WRITE_WORK_POOLS,
        scopes.SEE_WORK_QUEUES,
        scopes.WRITE_WORK_QUEUES,
        scopes.SEE_WORKERS,
        scopes.WRITE_WORKERS,
        scopes.SEE_BLOCKS,
        scopes.SEE_SECRET_BLOCKS,
        scopes.SEE_VARIABLES,
        scopes.WRITE_VARIABLES,
        scopes.SEE_ARTIFACTS,
        scopes.WRITE_ARTIFACTS,
        scopes.SEE_CONCURRENCY_LIMITS,
        scopes.MANAGE_CONCURRENCY_LIMITS,
        scopes.SEE_EVENTS,
        scopes.MANAGE_EVENTS,
        scopes.SEE_ASSETS,
        scopes.WRITE_ASSETS,
    }
)

SCOPES: dict[str, frozenset[str]] = {
    OWNER: scopes.ALL,
    DEVELOPER: _DEVELOPER,
    RUNNER: _RUNNER,
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
