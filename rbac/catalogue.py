"""What each scope is about and which others it brings along (cloud-api.md 4.4), for programs that offer a choice."""

from collections.abc import Iterable
from typing import TypedDict

from rbac import scopes


class Described(TypedDict):
    name: str
    title: str
    feature_group: str
    includes_scopes: list[str]
    see_scope: str | None


# What a scope names, in the words and under the heading of the pages.
_NOUNS: dict[str, tuple[str, str]] = {
    "flows": ("flows and runs", "Flows"),
    "saved_search": ("saved searches", "Flows"),
    "tasks": ("tasks", "Flows"),
    "blocks": ("blocks", "Blocks"),
    "secret_blocks": ("secret data of blocks", "Blocks"),
    "deployments": ("deployments", "Deployments"),
    "notifications": ("notifications", "Notifications"),
    "workspace_settings": ("workspace settings", "Workspace management"),
    "workspace_users": ("people of the workspace", "Workspace management"),
    "workspace_service_accounts": ("service accounts of the workspace", "Workspace management"),
    "workspace_teams": ("teams of the workspace", "Workspace management"),
    "acls": ("access lists", "Workspace management"),
    "work_queues": ("work queues", "Work pools"),
    "work_pools": ("work pools", "Work pools"),
    "workers": ("workers", "Work pools"),
    "concurrency_limits": ("concurrency limits", "Concurrency"),
    "events": ("events", "Events"),
    "event_publications": ("published events", "Events"),
    "event_subscriptions": ("subscriptions to events", "Events"),
    "automations": ("automations", "Automations"),
    "artifacts": ("artifacts", "Artifacts"),
    "variables": ("variables", "Variables"),
    "incidents": ("incidents", "Incidents"),
    "mex_storage": ("storage of managed execution", "Managed execution"),
    "mex_deploy": ("deployments of managed execution", "Managed execution"),
    "tags": ("tags", "Tags"),
    "assets": ("assets", "Assets"),
    "webhooks": ("webhooks", "Webhooks"),
}
_VERBS = {"see": "View", "run": "Run", "write": "Create and edit", "manage": "Create, edit and delete"}
_ORDER = ("see", "run", "write", "manage")
# Beyond the rule that a scope includes the lesser ones of its noun.
_ALSO: dict[str, list[str]] = {
    scopes.SEE_SECRET_BLOCKS: [scopes.SEE_BLOCKS],
    scopes.MANAGE_BLOCKS: [scopes.SEE_SECRET_BLOCKS],
    scopes.MANAGE_SAVED_SEARCH: [scopes.SEE_FLOWS],
}


def _described(name: str) -> Described:
    verb, _, noun = name.partition("_")
    lesser = [f"{less}_{noun}" for less in _ORDER[: _ORDER.index(verb)]]
    included = [scope for scope in [*lesser, *_ALSO.get(name, [])] if scope in scopes.ALL]
    words, group = _NOUNS[noun]
    see = f"see_{noun}"
    return {
        "name": name,
        "title": f"{_VERBS[verb]} {words}",
        "feature_group": group,
        "includes_scopes": included,
        "see_scope": see if see in included else None,
    }


SCOPES: list[Described] = [_described(name) for name in sorted(scopes.ALL)]


_INCLUDED: dict[str, list[str]] = {one["name"]: one["includes_scopes"] for one in SCOPES}


def expanded(names: Iterable[str]) -> frozenset[str]:
    """These scopes with all that they bring along. Raises KeyError for an unknown one."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_INCLUDED[name])
    return frozenset(found)
