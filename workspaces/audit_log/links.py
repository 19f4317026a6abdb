"""Links from audit entries to the objects that still exist."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Account
from auditlog.models import Entry
from core.db import tenants
from core.db.ids import parse_uuid
from orgs.models import Membership, ServiceAccount, Team
from rbac.models import WorkspaceRole
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.variables.models import Variable

Rows = Callable[[Account], QuerySet[Any]]
# By the first part of an action, such as `team` in `team.created`: the URL name, and the rows of an account.
_OF_ACCOUNT: dict[str, tuple[str, Rows]] = {
    "team": ("account:team", lambda account: Team.objects.filter(account=account, everyone=False)),
    "team-membership": ("account:team", lambda account: Team.objects.filter(account=account, everyone=False)),
    "service-account": ("account:service-account", lambda account: ServiceAccount.objects.filter(home_account=account)),
    "account-membership": ("account:member", lambda account: Membership.objects.filter(account=account)),
    "workspace-role": ("account:role", lambda account: WorkspaceRole.objects.filter(account=account)),
    "workspace": ("workspace:settings", lambda account: Workspace.objects.filter(account=account)),
}
_OF_WORKSPACE: dict[str, tuple[str, Rows]] = {
    "flow": ("workspace:flow", lambda account: Flow.objects.filter(workspace__account=account)),
    "flow-run": ("workspace:flow-run", lambda account: FlowRun.objects.filter(workspace__account=account)),
    "variable": ("workspace:variable-edit", lambda account: Variable.objects.filter(workspace__account=account)),
}


def object_links(account: Account, entries: Iterable[Entry]) -> dict[UUID, str]:
    """Return the URLs of the entries' objects by entry id, for objects that still exist in the account."""
    by_noun: dict[str, dict[UUID, UUID]] = {}  # object ids by entry ids
    entries = list(entries)
    named = {entry.workspace_id for entry in entries if entry.workspace_id}
    tenants.reach(*Workspace.objects.filter(account=account, id__in=named).values_list("id", flat=True))
    for entry in entries:
        if object_id := parse_uuid(entry.object_id):
            by_noun.setdefault(entry.action.partition(".")[0], {})[entry.id] = object_id
    links: dict[UUID, str] = {}
    for noun, objects in by_noun.items():
        urls = _urls(account, noun, set(objects.values()))
        links |= {entry_id: urls[object_id] for entry_id, object_id in objects.items() if object_id in urls}
    return links


def _urls(account: Account, noun: str, ids: set[UUID]) -> dict[UUID, str]:
    """Return the URLs by id of those of the objects that exist."""
    if noun in _OF_ACCOUNT:
        name, rows = _OF_ACCOUNT[noun]
        existing = rows(account).filter(id__in=ids).values_list("id", flat=True)
        return {object_id: reverse(name, args=[account.id, object_id]) for object_id in existing}
    if noun in _OF_WORKSPACE:
        name, rows = _OF_WORKSPACE[noun]
        places = rows(account).filter(id__in=ids).values_list("id", "workspace_id")
        return {object_id: reverse(name, args=[account.id, place, object_id]) for object_id, place in places}
    return {}
