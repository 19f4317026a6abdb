"""The vocabulary of workspace scopes: the contract's own 61 names (cloud-api.md 4.4).

Naming rule: `see_x` views; `write_x` creates, updates and views; `manage_x` does all of that and deletes.
"""

SEE_FLOWS = "see_flows"
MANAGE_SAVED_SEARCH = "manage_saved_search"
RUN_FLOWS = "run_flows"
MANAGE_FLOWS = "manage_flows"
RUN_TASKS = "run_tasks"
SEE_BLOCKS = "see_blocks"
SEE_SECRET_BLOCKS = "see_secret_blocks"  # noqa: S105  a name, no secret
MANAGE_BLOCKS = "manage_blocks"
SEE_DEPLOYMENTS = "see_deployments"
RUN_DEPLOYMENTS = "run_deployments"
WRITE_DEPLOYMENTS = "write_deployments"
MANAGE_DEPLOYMENTS = "manage_deployments"
SEE_NOTIFICATIONS = "see_notifications"
WRITE_NOTIFICATIONS = "write_notifications"
MANAGE_NOTIFICATIONS = "manage_notifications"
SEE_WORKSPACE_SETTINGS = "see_workspace_settings"
WRITE_WORKSPACE_SETTINGS = "write_workspace_settings"
MANAGE_WORKSPACE_SETTINGS = "manage_workspace_settings"
SEE_WORKSPACE_USERS = "see_workspace_users"
MANAGE_WORKSPACE_USERS = "manage_workspace_users"
SEE_WORKSPACE_SERVICE_ACCOUNTS = "see_workspace_service_accounts"
MANAGE_WORKSPACE_SERVICE_ACCOUNTS = "manage_workspace_service_accounts"
MANAGE_WORKSPACE_TEAMS = "manage_workspace_teams"
SEE_WORK_QUEUES = "see_work_queues"
WRITE_WORK_QUEUES = "write_work_queues"
MANAGE_WORK_QUEUES = "manage_work_queues"
SEE_CONCURRENCY_LIMITS = "see_concurrency_limits"
MANAGE_CONCURRENCY_LIMITS = "manage_concurrency_limits"
SEE_EVENTS = "see_events"
MANAGE_EVENTS = "manage_events"
SEE_EVENT_PUBLICATIONS = "see_event_publications"
MANAGE_EVENT_PUBLICATIONS = "manage_event_publications"
SEE_EVENT_SUBSCRIPTIONS = "see_event_subscriptions"
MANAGE_EVENT_SUBSCRIPTIONS = "manage_event_subscriptions"
SEE_AUTOMATIONS = "see_automations"
MANAGE_AUTOMATIONS = "manage_automations"
SEE_WORK_POOLS = "see_work_pools"
WRITE_WORK_POOLS = "write_work_pools"
MANAGE_WORK_POOLS = "manage_work_pools"
SEE_WORKERS = "see_workers"
WRITE_WORKERS = "write_workers"
MANAGE_WORKERS = "manage_workers"
SEE_ARTIFACTS = "see_artifacts"
WRITE_ARTIFACTS = "write_artifacts"
MANAGE_ARTIFACTS = "manage_artifacts"
SEE_VARIABLES = "see_variables"
WRITE_VARIABLES = "write_variables"
MANAGE_VARIABLES = "manage_variables"
MANAGE_ACLS = "manage_acls"
SEE_INCIDENTS = "see_incidents"
WRITE_INCIDENTS = "write_incidents"
MANAGE_INCIDENTS = "manage_incidents"
MANAGE_MEX_STORAGE = "manage_mex_storage"
MANAGE_MEX_DEPLOY = "manage_mex_deploy"
SEE_TAGS = "see_tags"
MANAGE_TAGS = "manage_tags"
SEE_ASSETS = "see_assets"
WRITE_ASSETS = "write_assets"
MANAGE_ASSETS = "manage_assets"
SEE_WEBHOOKS = "see_webhooks"
MANAGE_WEBHOOKS = "manage_webhooks"

ALL: frozenset[str] = frozenset(
    {
        SEE_FLOWS,
        MANAGE_SAVED_SEARCH,
        RUN_FLOWS,
        MANAGE_FLOWS,
        RUN_TASKS,
        SEE_BLOCKS,
        SEE_SECRET_BLOCKS,
        MANAGE_BLOCKS,
        SEE_DEPLOYMENTS,
        RUN_DEPLOYMENTS,
        WRITE_DEPLOYMENTS,
        MANAGE_DEPLOYMENTS,
        SEE_NOTIFICATIONS,
        WRITE_NOTIFICATIONS,
        MANAGE_NOTIFICATIONS,
        SEE_WORKSPACE_SETTINGS,
        WRITE_WORKSPACE_SETTINGS,
        MANAGE_WORKSPACE_SETTINGS,
        SEE_WORKSPACE_USERS,
        MANAGE_WORKSPACE_USERS,
        SEE_WORKSPACE_SERVICE_ACCOUNTS,
        MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
        MANAGE_WORKSPACE_TEAMS,
        SEE_WORK_QUEUES,
        WRITE_WORK_QUEUES,
        MANAGE_WORK_QUEUES,
        SEE_CONCURRENCY_LIMITS,
        MANAGE_CONCURRENCY_LIMITS,
        SEE_EVENTS,
        MANAGE_EVENTS,
        SEE_EVENT_PUBLICATIONS,
        MANAGE_EVENT_PUBLICATIONS,
        SEE_EVENT_SUBSCRIPTIONS,
        MANAGE_EVENT_SUBSCRIPTIONS,
        SEE_AUTOMATIONS,
        MANAGE_AUTOMATIONS,
        SEE_WORK_POOLS,
        WRITE_WORK_POOLS,
        MANAGE_WORK_POOLS,
        SEE_WORKERS,
        WRITE_WORKERS,
        MANAGE_WORKERS,
        SEE_ARTIFACTS,
        WRITE_ARTIFACTS,
        MANAGE_ARTIFACTS,
        SEE_VARIABLES,
        WRITE_VARIABLES,
        MANAGE_VARIABLES,
        MANAGE_ACLS,
        SEE_INCIDENTS,
        WRITE_INCIDENTS,
        MANAGE_INCIDENTS,
        MANAGE_MEX_STORAGE,
        MANAGE_MEX_DEPLOY,
        SEE_TAGS,
        MANAGE_TAGS,
        SEE_ASSETS,
        WRITE_ASSETS,
        MANAGE_ASSETS,
        SEE_WEBHOOKS,
        MANAGE_WEBHOOKS,
    }
)
