"""The nouns of workspace scopes, in the order in which pages show them. A scope is a verb and a noun: `see_flows`.

`rbac.scopes` has the constants that code uses. Titles, groups and what a scope includes follow from this table.
"""

from dataclasses import dataclass

from rbac import scopes

VERBS = ("see", "run", "write", "manage")  # each includes those before it


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun of scopes. Prefect Cloud's words are in the API, ours on the pages of roles."""

    name: str  # as in the scope
    title: str  # Prefect Cloud's
    feature_group: str  # Prefect Cloud's
    things: str  # ours; nouns about the same things have one ladder (`rbac.scope_groups`)
    group: str  # ours


NOUNS = (
    Noun("flows", "flows and runs", "Flows", "flows and their runs", "Flows and runs"),
    Noun("tasks", "tasks", "Flows", "tasks", "Flows and runs"),
    Noun("saved_search", "saved searches", "Flows", "saved views of runs", "Flows and runs"),
    Noun("deployments", "deployments", "Deployments", "deployments", "Deployments"),
    Noun("work_pools", "work pools", "Work pools", "work pools", "Work pools"),
    Noun("work_queues", "work queues", "Work pools", "work queues", "Work pools"),
    Noun("workers", "workers", "Work pools", "workers", "Work pools"),
    Noun("blocks", "blocks", "Blocks", "blocks", "Blocks"),
    Noun("secret_blocks", "secret data of blocks", "Blocks", "blocks", "Blocks"),
    Noun("variables", "variables", "Variables", "variables", "Variables"),
    Noun("automations", "automations", "Automations", "automations", "Automations"),
    Noun("events", "events", "Events", "events", "Events"),
    Noun("event_publications", "published events", "Events", "event publications", "Events"),
    Noun("event_subscriptions", "subscriptions to events", "Events", "event subscriptions", "Events"),
    Noun("webhooks", "webhooks", "Webhooks", "webhooks", "Webhooks"),
    Noun("notifications", "notifications", "Notifications", "notifications", "Notifications"),
    Noun("concurrency_limits", "concurrency limits", "Concurrency", "concurrency limits", "Concurrency"),
    Noun("artifacts", "artifacts", "Artifacts", "artifacts", "Artifacts"),
    Noun("assets", "assets", "Assets", "assets", "Assets"),
    Noun("incidents", "incidents", "Incidents", "incidents", "Incidents"),
    Noun("tags", "tags", "Tags", "tags", "Tags"),
    Noun("acls", "access lists", "Workspace management", "who may reach single objects", "Access lists"),
    Noun("workspace_settings", "workspace settings", "Workspace management", "settings", "Workspace management"),
    Noun(
        "workspace_users",
        "people of the workspace",
        "Workspace management",
        "people of the workspace",
        "Workspace management",
    ),
    Noun(
        "workspace_service_accounts",
        "service accounts of the workspace",
        "Workspace management",
        "service accounts of the workspace",
        "Workspace management",
    ),
    Noun(
        "workspace_teams",
        "teams of the workspace",
        "Workspace management",
        "teams of the workspace",
        "Workspace management",
    ),
    Noun(
        "mex_storage",
        "storage of managed execution",
        "Managed execution",
        "storage of managed execution",
        "Managed execution",
    ),
    Noun(
        "mex_deploy",
        "deployments of managed execution",
        "Managed execution",
        "deployments of managed execution",
        "Managed execution",
    ),
)
# The nouns that endpoints or pages exist for. The role editor offers no others, though roles may hold their scopes.
SERVED = frozenset(
    {
        "flows",
        "deployments",
        "work_pools",
        "work_queues",
        "workers",
        "variables",
        "saved_search",
        "events",
        "concurrency_limits",
        "workspace_settings",
        "workspace_users",
        "workspace_service_accounts",
        "workspace_teams",
    }
)
BY_NAME = {noun.name: noun for noun in NOUNS}


def parts_of(scope: str) -> tuple[str, Noun]:
    """Return the verb and the noun of a scope."""
    verb, _, name = scope.partition("_")
    return verb, BY_NAME[name]


def scopes_of(noun: Noun) -> list[str]:
    """Return the scopes about a noun, from viewing to deleting."""
    return [scope for verb in VERBS if (scope := f"{verb}_{noun.name}") in scopes.ALL]
