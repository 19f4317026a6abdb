"""The form on pages that says who may view, run or manage one object, for deployments and work pools.

A page shows `workspaces/access_lists/form.html` with the context of `access_form`, and passes what is sent to
`save_access_form`. The form shows the highest level that a list gives to each of its names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from auditlog.actors import Actor
from core.db.ids import parse_uuid
from core.errors import Conflict, Invalid
from orgs.models import Team
from rbac.access_lists import LEVELS, MANAGE, RUN, VIEW, AccessControlled, AccessEntry, AccessList, read_list
from rbac.models import Grant
from workspaces.access_lists import AccessRequest, set_access_list
from workspaces.entry_rules import entering_members
from workspaces.models import Workspace
from workspaces.scoping import Access

EVERYONE = "everyone"
NOTHING = ""
LEVEL_WORDS = {MANAGE: "Manage", RUN: "Run", VIEW: "View", NOTHING: "Nothing"}
EVERYONE_WORDS = {
    MANAGE: "all that their role allows",
    RUN: "at most run it",
    VIEW: "at most view it",
    NOTHING: "nothing",
}
_ORDER = (MANAGE, RUN, VIEW)
_MOST_OFFERED = 300


@dataclass(frozen=True, slots=True)
class ListedActor:
    """A user, service account or team, by a key such as `team-<id>`. Who is not listed has no level."""

    key: str
    name: str
    detail: str
    level: str = NOTHING


def access_form(obj: AccessControlled, workspace: Workspace) -> dict[str, Any]:
    """Return the context of the form: who is on the list, with which level, and who could be added."""
    entries = read_list(obj)
    levels = _levels(entries, _team_ids(entries))
    listed = [*_people(workspace, levels, listed=True), *_teams(workspace, levels, listed=True)]
    return {
        "everyone_level": levels.get(EVERYONE, NOTHING),
        "listed": listed,
        "candidates": [*_teams(workspace, levels, listed=False), *_people(workspace, levels, listed=False)],
        "level_words": LEVEL_WORDS.items(),
        "everyone_words": EVERYONE_WORDS.items(),
        "seen": _fingerprint(entries),
    }


@transaction.atomic
def save_access_form(
    obj: AccessControlled, data: Mapping[str, str], *, access: Access, user: User, noun: str, name: str, actor: Actor
) -> None:
    """Replace the list of an object by what the form says. The arguments are those of `set_access_list`.

    Raises `Conflict` if the list was changed since the form was shown, `Invalid` if nobody would be on the list, and
    what `set_access_list` raises.
    """
    row: AccessControlled = type(obj)._default_manager.select_for_update().get(pk=obj.pk)
    before = read_list(row)
    if data.get("seen") != _fingerprint(before):
        raise Conflict("Somebody has changed this list meanwhile. Look at it as it is now, and repeat your change.")
    team_ids = _team_ids(before)
    wanted = {level: _Names(before[level], team_ids) for level, _ in LEVELS}
    for key, old in _levels(before, team_ids).items() | _added(data):
        new = data.get("add-level", VIEW) if key == data.get("add") else data.get(f"level-{key}", old)
        if new not in LEVEL_WORDS:
            raise Invalid("Choose a level.")
        if new != old:
            for level, names in wanted.items():
                names.put(key, here=level == new)
    requests = {level: names.request() for level, names in wanted.items()}
    if wanted[MANAGE].everyone:  # then there is no list, whoever else is named
        if data.get("add"):
            raise Invalid("As long as everyone may do all that their role allows, nobody can be added.")
        requests = {level: AccessRequest(everyone=True) for level in requests}
    elif not any(request.everyone or request.actors or request.teams for request in requests.values()):
        raise Invalid("Add somebody first: an empty list would let everyone do what their role allows.")
    set_access_list(row, requests, access=access, user=user, noun=noun, name=name, actor=actor)


class _Names:
    """The names for one level, as keys of the form."""

    def __init__(self, entry: AccessEntry, team_ids: Mapping[int, UUID]) -> None:
        self.everyone = entry.everyone
        self.keys = {f"user-{user}" for user in entry.users}
        self.keys |= {f"team-{team_ids[group]}" for group in entry.groups if group in team_ids}

    def put(self, key: str, *, here: bool) -> None:
        """Name this key for this level, or not."""
        if key == EVERYONE:
            self.everyone = here
        elif here:
            self.keys.add(key)
        else:
            self.keys.discard(key)

    def request(self) -> AccessRequest:
        return AccessRequest(everyone=self.everyone, actors=_ids(self.keys, "user"), teams=_ids(self.keys, "team"))


def _ids(keys: set[str], kind: str) -> list[UUID]:
    return [UUID(key.removeprefix(f"{kind}-")) for key in keys if key.startswith(f"{kind}-")]


def _added(data: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return the key of the name that is added, which has no level yet. Raises `Invalid` if it is no key."""
    if not (key := data.get("add", "")):
        return set()
    kind, _, text = key.partition("-")
    if kind not in ("user", "team") or (actor_id := parse_uuid(text)) is None:
        raise Invalid("Choose somebody from the list.")
    return {(f"{kind}-{actor_id}", NOTHING)}


def _levels(entries: AccessList, team_ids: Mapping[int, UUID]) -> dict[str, str]:
    """Return the highest level of each name, by the key of the form. Everyone is always among them."""
    levels = {EVERYONE: NOTHING}
    for level in reversed(_ORDER):
        names = _Names(entries[level], team_ids)
        levels |= dict.fromkeys(names.keys, level) | ({EVERYONE: level} if names.everyone else {})
    return levels


def _team_ids(entries: AccessList) -> dict[int, UUID]:
    groups = {group for entry in entries.values() for group in entry.groups}
    return dict(Team.objects.filter(group__in=groups).values_list("group", "id"))


def _people(workspace: Workspace, levels: Mapping[str, str], *, listed: bool) -> list[ListedActor]:
    """Return the users and service accounts on the list, or those who may enter the workspace and are not on it."""
    ids = _ids(set(levels), "user")
    members = entering_members(workspace.id, workspace.account_id).values("user")
    may_enter = Q(id__in=members) | Q(id=workspace.account.user_id)
    rows = User.actors.filter(id__in=ids) if listed else User.actors.filter(may_enter).exclude(id__in=ids)
    return [
        ListedActor(
            f"user-{user.id}",
            user.name,
            user.email if user.is_person else "service account",
            levels.get(f"user-{user.id}", NOTHING),
        )
        for user in rows.order_by("first_name", "last_name", "id")[:_MOST_OFFERED]
    ]


def _teams(workspace: Workspace, levels: Mapping[str, str], *, listed: bool) -> list[ListedActor]:
    ids = _ids(set(levels), "team")
    rows = Team.objects.filter(account=workspace.account_id, everyone=False)
    granted = Grant.objects.filter(workspace=workspace).values("group")
    rows = rows.filter(id__in=ids) if listed else rows.filter(group__in=granted).exclude(id__in=ids)
    return [
        ListedActor(f"team-{team.id}", team.name, "team", levels.get(f"team-{team.id}", NOTHING))
        for team in rows.order_by("name")[:_MOST_OFFERED]
    ]


def _fingerprint(entries: AccessList) -> str:
    parts = [
        f"{level}:{entry.everyone}:{sorted(map(str, entry.users))}:{sorted(entry.groups)}"
        for level, entry in sorted(entries.items())
    ]
    return sha256("|".join(parts).encode()).hexdigest()[:16]
