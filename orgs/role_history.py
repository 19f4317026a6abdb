"""The history of a role, read from the audit log, with differences as sentences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Account
from auditlog.models import Entry
from rbac.models import WorkspaceRole
from rbac.scope_groups import scope_sentences

_SHOWN = 20
_TITLES = {
    "workspace-role.created": "Created",
    "workspace-role.updated": "Changed",
    "workspace-role.deleted": "Deleted",
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An entry of a role's history: a line for each changed field, and the scopes gained and lost as sentences."""

    entry: Entry
    title: str
    lines: list[str]
    gained: list[str]
    lost: list[str]


def history(account: Account, role: WorkspaceRole) -> list[HistoryEntry]:
    """Return the latest changes of one of the account's own roles, newest first."""
    entries = Entry.objects.filter(
        account_id=account.id, workspace_id=None, object_id=str(role.id), action__in=list(_TITLES)
    )
    return [_history_entry(entry) for entry in entries.order_by("-id")[:_SHOWN]]


def difference(before: Collection[str], now: Collection[str]) -> tuple[list[str], list[str]]:
    """Return what was gained and what was lost between two sets of scopes, as sentences."""
    return ungrouped_sentences(frozenset(now) - frozenset(before)), ungrouped_sentences(
        frozenset(before) - frozenset(now)
    )


def ungrouped_sentences(scopes: Collection[str]) -> list[str]:
    """Return the sentences of `rbac.scope_groups` without their groups."""
    return [sentence for _, group in scope_sentences(scopes) for sentence in group]


def _history_entry(entry: Entry) -> HistoryEntry:
    changes: Mapping[str, Any] = entry.detail.get("changes", {})
    if entry.action == "workspace-role.created":
        changes = {
            name: {"from": nothing, "to": entry.detail.get(name)}
            for name, nothing in (("inherits", None), ("scopes", []))
        }
    scopes = changes.get("scopes", {})
    gained, lost = difference(scopes.get("from") or (), scopes.get("to") or ())
    return HistoryEntry(entry, _TITLES[entry.action], _lines(changes), gained, lost)


def _lines(changes: Mapping[str, Any]) -> list[str]:
    lines = []
    for field, label in (("name", "Name"), ("description", "Description"), ("inherits", "Builds on")):
        change = changes.get(field)
        if change and change["from"] != change["to"]:
            before, now = change["from"] or "nothing", change["to"] or "nothing"
            lines.append(f"{label}: {now}" if before == "nothing" else f"{label}: {before} → {now}")
    return lines
