"""Create, change and delete teams, and their members.

Each organization also has a team of everyone, whose members are all of its people. Only this module changes it.
"""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import Account, User
from auditlog.actors import Actor
from core.db.ids import new_id
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid
from core.names import check_name
from orgs.models import Membership, Team
from orgs.models.plans import TEAMS
from orgs.plans import check_cap, require_feature
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from rbac import permissions
from rbac.grants import add_members, remove_members

_TAKEN = "This account has a team with this name."


@transaction.atomic
def create_team(account: Account, *, name: str, description: str = "", actor: Actor) -> Team:
    """Create a team.

    Raises `Invalid` if the name is not valid or taken, or the account has as many teams as it may have, and `Forbidden`
    if its plan has no teams.
    """
    lock_account(account.id)
    require_feature(account, TEAMS)
    check_cap(account, "teams", Team.objects.filter(account=account, everyone=False).count())
    team = _create_team(account, _clean_name(name), description)
    record_for(account, "team.created", actor=actor, object_id=team.id, object_name=team.name)
    return team


@transaction.atomic
def update_team(
    team: Team, *, name: str, description: str | None = None, directory_group_id: str | None = None, actor: Actor
) -> None:
    """Change the given fields of a team. None leaves a field unchanged.

    Raises `Invalid` if the name is not valid or taken, `Conflict` if the team was deleted, and `Forbidden` if the plan
    has no teams.
    """
    row = _lock_editable(team)
    new_name = name if name == row.name else _clean_name(name)
    new = {"name": new_name, "description": description, "directory_group_id": directory_group_id}
    changes = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in new.items()
        if value is not None and value != getattr(row, field)
    }
    if not changes:
        return
    require_feature(row.account, TEAMS)
    for field, change in changes.items():
        setattr(team, field, change["to"])
    with refuse_taken(_TAKEN):
        team.save(update_fields=[*changes, "updated"])
    record_for(team.account, "team.updated", actor=actor, object_id=team.id, object_name=row.name, changes=changes)


@transaction.atomic
def delete_team(team: Team, *, actor: Actor) -> None:
    """Delete a team and its grants. Its members stay in the account. Raises `Conflict` if it was already deleted."""
    row = _lock_editable(team)
    workspaces = row.group.grants.count()
    record_for(row.account, "team.deleted", actor=actor, object_id=row.id, object_name=row.name, workspaces=workspaces)
    group = row.group
    row.delete()
    group.delete()


@transaction.atomic
def add_to_team(team: Team, users: Collection[User], *, actor: Actor) -> None:
    """Add people and service accounts to a team. Ignores those who are already in it.

    Raises `Invalid` if one of them does not belong to the account or is a collaborator, `Conflict` if the team was
    deleted, and `Forbidden` if the plan has no teams.
    """
    row = _lock_editable(team)
    require_feature(row.account, TEAMS)
    belong = set(
        Membership.objects.filter(account=row.account, user__in=users)
        .exclude(role=permissions.COLLABORATOR)
        .values_list("user", flat=True)
    )
    belong |= set(Account.objects.filter(id=row.account_id, user__in=users).values_list("user", flat=True))
    for user in users:
        if user.id not in belong:
            raise Invalid(f"{user.name} is not a member of {row.account.handle}.")
    members = set(row.members.filter(id__in=belong).values_list("id", flat=True))
    add_members(row.group, belong - members)
    for user in users:
        if user.id not in members:
            _record_member(row, "created", user, actor)


@transaction.atomic
def remove_from_team(team: Team, user: User, *, actor: Actor) -> bool:
    """Remove a user from a team. Return False if they are not in it. Raises `Conflict` if the team was deleted."""
    row = _lock_editable(team)
    if not remove_members(row.group, [user.id]):
        return False
    _record_member(row, "deleted", user, actor)
    return True


def create_everyone_team(account: Account) -> Team:
    """Create the team of everyone for a new organization."""
    return _create_team(account, "Everyone", "", everyone=True)


def update_everyone_team(membership: Membership) -> None:
    """Add a person to their organization's team of everyone, or remove them if they are a collaborator.

    Does nothing for service accounts and personal accounts.
    """
    team = everyone_team(membership.account_id)
    if team is None or not membership.user.is_person:
        return
    if membership.role == permissions.COLLABORATOR:
        remove_members(team.group, [membership.user_id])
    else:
        add_members(team.group, [membership.user_id])


def everyone_team(account_id: UUID) -> Team | None:
    """Return the team of all people of an organization, or None for a personal account."""
    return Team.objects.filter(account=account_id, everyone=True).select_related("group").first()


def leave_teams(membership: Membership) -> None:
    """Remove a member from all teams of the account, including the team of everyone."""
    User.groups.through.objects.filter(user=membership.user_id, group__team__account=membership.account_id).delete()


def _create_team(account: Account, name: str, description: str, *, everyone: bool = False) -> Team:
    team_id = new_id()
    group = Group.objects.create(name=f"team {team_id}")
    with refuse_taken(_TAKEN):
        return Team.objects.create(
            id=team_id, account=account, name=name, description=description, everyone=everyone, group=group
        )


def _lock_editable(team: Team) -> Team:
    """Lock the account and the team. Return the team's current row.

    Raises `Conflict` if the team was deleted, or is the team of everyone.
    """
    lock_account(team.account_id)
    row = Team.objects.select_for_update(of=("self",)).select_related("account", "group").filter(id=team.id).first()
    if row is None or row.everyone:
        raise Conflict("This team cannot be changed.")
    return row


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid("A team needs a name.")
    check_name(name)
    return name


def _record_member(team: Team, what: str, user: User, actor: Actor) -> None:
    record_for(
        team.account,
        f"team-membership.{what}",
        actor=actor,
        object_id=team.id,
        object_name=team.name,
        member_id=str(user.id),
        member=user.name,
    )
