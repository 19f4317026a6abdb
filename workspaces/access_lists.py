"""Read and change the access lists of objects in a workspace: who may view, run or manage a single object.

A list narrows what roles allow. It never gives more than a role does. `rbac.access_lists` stores the lists and says
what they mean; this module adds the rules of a workspace: who may be on a list, and who bypasses it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import models, transaction

from accounts.models import User
from auditlog.actors import Actor
from core.errors import Forbidden, Invalid, NotFound
from orgs.models import Team
from orgs.models.plans import ACCESS_LISTS
from orgs.plans import require_feature
from rbac import access_lists, scopes
from rbac.access_lists import AccessControlled, AccessEntry, AccessList
from rbac.models import Grant
from workspaces.audit import record_in
from workspaces.models import Workspace
from workspaces.scoping import Access, who_may_enter

Row = TypeVar("Row", bound=AccessControlled)


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Who is to be on the list for one level: everyone, or these users, service accounts and teams."""

    everyone: bool = False
    actors: Collection[UUID] = ()
    teams: Collection[UUID] = ()


@transaction.atomic
def set_access_list(
    obj: AccessControlled,
    wanted: Mapping[str, AccessRequest],
    *,
    access: Access,
    user: User,
    noun: str,
    name: str,
    actor: Actor,
) -> None:
    """Replace the access list of an object in the workspace of `access`.

    `wanted` has a request for each level (VIEW, RUN and MANAGE of `rbac.access_lists`). If all are empty, or everyone
    has every level, the object has no list afterwards, and the roles alone decide. If only some are empty, nobody has
    these levels.

    `user` makes the change, with their `access` to the workspace. For the audit log, `actor` is the same person,
    `noun` the kind of the object, such as `deployment`, and `name` its name.

    Raises `Invalid` if the list names somebody who may not enter the workspace, and `Forbidden` if `user` would lose
    the right to manage the object. If the account's plan has no access lists, a list can only be removed: raises
    `Forbidden`. Whoever holds `manage_acls` in the workspace cannot lose it.
    """
    workspace = access.workspace
    row: AccessControlled = type(obj)._default_manager.select_for_update().get(pk=obj.pk)
    before = access_lists.read_list(row)
    _check_may_enter(workspace, {actor_id for request in wanted.values() for actor_id in request.actors})
    groups = _group_ids(workspace, {team_id for request in wanted.values() for team_id in request.teams})
    entries = {
        level: AccessEntry(
            everyone=request.everyone,
            users=frozenset(request.actors),
            groups=frozenset(groups[team_id] for team_id in request.teams),
        )
        for level, request in wanted.items()
    }
    access_lists.replace_list(row, entries)
    if not bypasses_lists(access):
        rows = type(row)._default_manager.filter(pk=row.pk)
        if not access_lists.permitted_rows(rows, user.id, access_lists.MANAGE).exists():
            raise Forbidden("You would shut yourself out: leave yourself or a team of yours among the managers.")
    if row.restricted:
        require_feature(workspace.account, ACCESS_LISTS)
    obj.restricted = row.restricted  # the caller's instance is another one than the locked row
    after = access_lists.read_list(row)
    if after != before:
        record_in(
            workspace,
            f"{noun}-access.updated",
            actor=actor,
            object_id=str(row.pk),
            object_name=name,
            changes={"access": {"from": _names_by_level(before), "to": _names_by_level(after)}},
        )


def visible_rows(
    rows: "models.QuerySet[Row]", access: Access, user: User, level: str, *, governed_by: str = ""
) -> "models.QuerySet[Row]":
    """Return those of the rows on which their access lists give the user the level. Does not check the scope.

    `access` is the user's access to the workspace of the rows. For `governed_by` see
    `rbac.access_lists.permitted_rows`.
    """
    if bypasses_lists(access):
        return rows
    return access_lists.permitted_rows(rows, user.id, level, governed_by=governed_by)


def permitted_row(
    rows: "models.QuerySet[Row]", access: Access, user: User, level: str, *, missing: str, governed_by: str = ""
) -> Row:
    """Return the first of the rows, if its access list gives the user the level. The arguments are as above.

    Raises `NotFound` with the text `missing` if there is no row that the user may view, and `Forbidden` if they may
    view the row but do not have the level.
    """
    if (row := visible_rows(rows, access, user, level, governed_by=governed_by).first()) is not None:
        return row
    if visible_rows(rows, access, user, access_lists.VIEW, governed_by=governed_by).exists():
        raise Forbidden(f"The access list of this object does not let you {level} it.")
    raise NotFound(missing)


def bypasses_lists(access: Access) -> bool:
    """Return whether access lists do not apply, as for owners of the workspace, who can repair every list."""
    return access.allows(scopes.MANAGE_ACLS)


def _check_may_enter(workspace: Workspace, actors: set[UUID]) -> None:
    """Raise `Invalid` if one of these users and service accounts may not enter the workspace."""
    if missing := actors - who_may_enter(workspace, actors):
        raise Invalid(f"Nobody with the id {min(missing)} may enter this workspace.")


def _group_ids(workspace: Workspace, teams: set[UUID]) -> dict[UUID, int]:
    """Return the id of each team's group. Raises `Invalid` if a team has no role in the workspace."""
    granted_groups = Grant.objects.filter(workspace=workspace).values("group")
    rows = Team.objects.filter(account=workspace.account_id, id__in=teams, everyone=False, group__in=granted_groups)
    groups = dict(rows.values_list("id", "group"))
    if missing := teams - groups.keys():
        raise Invalid(f"No team with the id {min(missing)} may enter this workspace.")
    return groups


def _names_by_level(access_list: AccessList) -> dict[str, list[str]]:
    """Return the names on the list for the audit log: email addresses, `team ...`, and `*` for everyone."""
    user_ids = {user_id for entry in access_list.values() for user_id in entry.users}
    group_ids = {group_id for entry in access_list.values() for group_id in entry.groups}
    emails = dict(User.actors.filter(id__in=user_ids).values_list("id", "email"))
    team_names = dict(Team.objects.filter(group__in=group_ids).values_list("group", "name"))

    def names(entry: AccessEntry) -> list[str]:
        everyone = ["*"] if entry.everyone else []
        users = [emails[user_id] for user_id in entry.users]
        teams = [f"team {team_names[group_id]}" for group_id in entry.groups if group_id in team_names]
        return sorted(everyone + users + teams)

    return {level: names(entry) for level, entry in access_list.items()}
