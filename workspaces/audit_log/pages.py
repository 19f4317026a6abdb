"""Pages of the audit log: that of an account, and the person's own activity."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.pages import PersonRequest, signed_in
from auditlog.models import Entry
from core.db import tenants
from core.pages.keyset import page
from core.pages.query_strings import query_string
from orgs.account_restrictions import closed_accounts
from orgs.pages import AccountRequest, account_page
from orgs.queries import accounts_of
from rbac import permissions
from workspaces.audit_log.filters import GROUPS, SEARCHED, read_filter
from workspaces.audit_log.links import object_links
from workspaces.audit_log.log_tabs import log_tabs
from workspaces.models import Workspace

MOST_WORKSPACES_OFFERED = 200


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that was changed, with its values before and after."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EntryRow:
    entry: Entry
    changes: list[FieldChange]
    details: list[tuple[str, Any]]
    url: str = ""  # of the object, if it still exists
    workspace: Workspace | None = None


@account_page(permissions.READ_AUDIT_EVENT)
@require_safe
def audit_log(request: AccountRequest) -> HttpResponse:
    """Show the entries that match the filter of the query string, newest first."""
    entry_filter = read_filter(request.GET)
    shown = page(entry_filter.apply(Entry.objects.filter(account_id=request.account.id)), request.GET)
    links = object_links(request.account, shown.rows)
    ids = {entry.workspace_id for entry in shown.rows if entry.workspace_id}
    entry_workspaces = Workspace.objects.filter(account=request.account).select_related("account").in_bulk(ids)
    workspaces = Workspace.objects.filter(account=request.account).order_by("name").only("id", "name", "account_id")
    context = {
        "rows": [
            EntryRow(
                entry,
                changes_of(entry),
                details_of(entry),
                links.get(entry.id, ""),
                entry_workspaces.get(entry.workspace_id),
            )
            for entry in shown.rows
        ],
        "page": shown,
        "filter": entry_filter,
        "groups": GROUPS,
        "workspaces": list(workspaces[:MOST_WORKSPACES_OFFERED]),
        "actor_name": _actor_name(shown.rows) if entry_filter.actor else "",
        "without_actor": query_string(request.GET, {"actor": None, "after": None, "before": None}),
        "without_target": query_string(request.GET, {"target": None, "after": None, "before": None}),
        "searched": SEARCHED,
        "query": request.GET.urlencode(),
        "tabs": log_tabs(request.account, "audit-log"),
    }
    return render(request, "workspaces/audit_log/list.html", context)


@signed_in
@require_safe
def activity(request: PersonRequest) -> HttpResponse:
    """Show the person's own actions in their account and in accounts that they may currently enter."""
    closed = closed_accounts(request)
    accounts = [access.account.id for access in accounts_of(request.user) if access.account.id not in closed]
    entries = Entry.objects.filter(Q(account_id__in=accounts) | Q(account_id=None), actor_id=request.user.id)
    with tenants.reaching_all():  # one's own entries only, some of which belong to no account
        shown = page(entries, request.GET)
    rows = [EntryRow(entry, changes_of(entry), details_of(entry)) for entry in shown.rows]
    return render(request, "workspaces/audit_log/activity.html", {"rows": rows, "page": shown})


def changes_of(entry: Entry) -> list[FieldChange]:
    """Return the changed fields of an entry, with their values before and after."""
    changes = entry.detail.get("changes")
    fields = changes.items() if isinstance(changes, dict) else ()
    found = [*fields, *entry.detail.items()]  # some nouns have their changes among the other details
    return [
        FieldChange(field, value["from"], value["to"])
        for field, value in found
        if isinstance(value, dict) and {"from", "to"} <= value.keys()
    ]


def details_of(entry: Entry) -> list[tuple[str, Any]]:
    """Return the other details of an entry, as pairs of a field and its value."""
    shown = {change.field for change in changes_of(entry)} | {"changes"}
    return [(field, value) for field, value in entry.detail.items() if field not in shown]


def _actor_name(entries: list[Entry]) -> str:
    return entries[0].actor_name if entries else "this actor"
