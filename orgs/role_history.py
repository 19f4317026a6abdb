"""What happened to a role, as the record tells it, with differences in sentences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Account
from auditlog.models import Entry
from rbac.ladders import sentences
from rbac.models import WorkspaceRole

_SHOWN = 20
_TITLES = {
    "workspace-role.created": "Created",
    "workspace-role.updated": "Changed",
    "workspace-role.deleted": "Deleted",
}


@dataclass(frozen=True, slots=True)
class Step:
    """An entry of a role's history: words for each field that changed, and what was gained and lost."""

    entry: Entry
    title: str
    lines: list[str]
    gained: list[str]
    lost: list[str]


def history(account: Account, role: WorkspaceRole) -> list[Step]:
    """The latest changes of one of the account's own roles, newest first."""
    entries = Entry.objects.filter(
        account_id=account.id, workspace_id=None, object_id=str(role.id), action__in=list(_TITLES)
    )
    return [_step(entry) for entry in entries.order_by("-id")[:_SHOWN]]


def difference(before: Collection[str], now: Collection[str]) -> tuple[list[str], list[str]]:
    """What was gained and what was lost between two sets of scopes, in sentences."""
    return flat(frozenset(now) - frozenset(before)), flat(frozenset(before) - frozenset(now))


def flat(scopes: Collection[str]) -> list[str]:
    """The sentences of `rbac.ladders` without their groups."""
    return [sentence for _, group in sentences(scopes) for sentence in group]


def _step(entry: Entry) -> Step:
    changes: Mapping[str, Any] = entry.detail.get("changes", {})
    if entry.action == "workspace-role.created":
        changes = {
            name: {"from": nothing, "to": entry.detail.get(name)}
            for name, nothing in (("inherits", None), ("scopes", []))
        }
    scopes = changes.get("scopes", {})
    gained, lost = difference(scopes.get("from") or (), scopes.get("to") or ())
    return Step(entry, _TITLES[entry.action], _lines(changes), gained, lost)


def _lines(changes: Mapping[str, Any]) -> list[str]:
    lines = []
    for field, label in (("name", "Name"), ("description", "Description"), ("inherits", "Builds on")):
        change = changes.get(field)
        if change and change["from"] != change["to"]:
            before, now = change["from"] or "nothing", change["to"] or "nothing"
            lines.append(f"{label}: {now}" if before == "nothing" else f"{label}: {before} → {now}")
    return lines
