"""Access lists in a workspace: who may view, run or manage one object. They narrow what roles give, no more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction

from accounts.models import User
from auditlog.actors import Actor
from orgs.models import Team
from rbac import access_lists, scopes
from rbac.access_lists import AccessList, Listed, Named
from rbac.models import Grant
from workspaces.audit import record_in
from workspaces.models import Workspace
from workspaces.scoping import Access, who_may_enter

Row = TypeVar("Row", bound=Listed)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who shall have a level: everyone, or these actors and teams by their ids."""

    everyone: bool = False
    actors: Collection[UUID] = ()
    teams: Collection[UUID] = ()


@transaction.atomic
def set_access_list(
    one: Listed, wanted: Mapping[str, Asked], *, access: Access, user: User, noun: str, name: str, actor: Actor
) -> None:
    """Replace the list of an object of the workspace entered; all empty, or everyone everywhere: no list.

    `noun` is the object's in the audit log (`deployment`). Raises ValidationError for who may not enter the workspace,
    and PermissionDenied for who would shut themselves out; owners of the workspace, who keep the lists, never do.
    """
    workspace = access.workspace
    row: Listed = type(one)._default_manager.select_for_update().get(pk=one.pk)
    before = access_lists.read(row)
    _check_may_enter(workspace, {actor_id for asked in wanted.values() for actor_id in asked.actors})
    teams = _groups(workspace, {team for asked in wanted.values() for team in asked.teams})
    now = {
        level: Named(asked.everyone, frozenset(asked.actors), frozenset(teams[team] for team in asked.teams))
        for level, asked in wanted.items()
    }
    access_lists.write(row, now)
    if not keeps_lists(access):
        mine = access_lists.permitted(type(row)._default_manager.filter(pk=row.pk), user.id, access_lists.MANAGE)
        if not mine.exists():
            raise PermissionDenied("You would shut yourself out: leave yourself or a team of yours among the managers.")
    one.restricted = row.restricted
    after = access_lists.read(row)
    if after != before:
        record_in(
            workspace,
            f"{noun}-access.updated",
            actor=actor,
            object_id=str(row.pk),
            object_name=name,
            changes={"access": {"from": _told(before), "to": _told(after)}},
        )


def visible(
    rows: "models.QuerySet[Row]", access: Access, user: User, level: str, *, governed_by: str = ""
) -> "models.QuerySet[Row]":
    """Of these rows of the workspace entered, those on which the user has the level; the scope is checked apart."""
    if keeps_lists(access):
        return rows
    return access_lists.permitted(rows, user.id, level, governed_by=governed_by)


def keeps_lists(access: Access) -> bool:
    """Whether lists do not bind somebody: owners of the workspace, who repair them."""
    return access.allows(scopes.MANAGE_ACLS)


def _check_may_enter(workspace: Workspace, actors: set[UUID]) -> None:
    if missing := actors - who_may_enter(workspace, actors):
        raise ValidationError(f"Nobody with the id {min(missing)} may enter this workspace.")


def _groups(workspace: Workspace, teams: set[UUID]) -> dict[UUID, int]:
    """The groups of teams that were let into the workspace."""
    inside = Grant.objects.filter(workspace=workspace).values("group")
    found = dict(
        Team.objects.filter(account=workspace.account_id, id__in=teams, everyone=False, group__in=inside).values_list(
            "id", "group"
        )
    )
    if missing := teams - found.keys():
        raise ValidationError(f"No team with the id {min(missing)} may enter this workspace.")
    return found


def _told(known: AccessList) -> dict[str, list[str]]:
    """The list in names, for the record."""
    people = dict(
        User.actors.filter(id__in={user for named in known.values() for user in named.users}).values_list("id", "email")
    )
    teams = dict(
        Team.objects.filter(group__in={group for named in known.values() for group in named.groups}).values_list(
            "group", "name"
        )
    )
    return {
        level: sorted(
            [*(["*"] if named.everyone else []), *(people[user] for user in named.users)]
            + [f"team {teams[group]}" for group in named.groups if group in teams]
        )
        for level, named in known.items()
    }
