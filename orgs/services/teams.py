"""Teams: made, renamed, filled, deleted; and the team of everyone, which follows the memberships."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Account, User
from auditlog.actors import Actor
from auditlog.ids import new_id
from orgs.models import Membership, Team
from orgs.services.audit import record_for
from orgs.services.locks import hold_account
from rbac import permissions
from rbac.grants import join, part


@transaction.atomic
def create_team(account: Account, *, name: str, description: str = "", actor: Actor) -> Team:
    """Raises ValidationError for a name that the account uses already."""
    team = _make(account, _checked(name), description)
    record_for(account, "team.created", actor=actor, object_id=team.id, object_name=team.name)
    return team


@transaction.atomic
def update_team(
    team: Team, *, name: str, description: str | None = None, directory_group_id: str | None = None, actor: Actor
) -> None:
    """Raises ValidationError as `create_team`."""
    row = _editable(team)
    new = {"name": _checked(name), "description": description, "directory_group_id": directory_group_id}
    changes = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in new.items()
        if value is not None and value != getattr(row, field)
    }
    if not changes:
        return
    for field, change in changes.items():
        setattr(team, field, change["to"])
    try:
        with transaction.atomic():
            team.save(update_fields=[*changes, "updated"])
    except IntegrityError as error:
        raise _taken() from error
    record_for(team.account, "team.updated", actor=actor, object_id=team.id, object_name=row.name, changes=changes)


@transaction.atomic
def delete_team(team: Team, *, actor: Actor) -> None:
    """With what was granted to it; its members stay in the account."""
    row = _editable(team)
    workspaces = row.group.grants.count()
    record_for(row.account, "team.deleted", actor=actor, object_id=row.id, object_name=row.name, workspaces=workspaces)
    group = row.group
    row.delete()
    group.delete()


@transaction.atomic
def add_to_team(team: Team, users: Collection[User], *, actor: Actor) -> None:
    """Those who are in it stay. Raises ValidationError for who does not belong to the account."""
    row = _editable(team)
    belong = set(
        Membership.objects.filter(account=row.account, user__in=users)
        .exclude(role=permissions.COLLABORATOR)
        .values_list("user", flat=True)
    )
    belong |= set(Account.objects.filter(id=row.account_id, user__in=users).values_list("user", flat=True))
    for user in users:
        if user.id not in belong:
            raise ValidationError(f"{user.name} does not belong to {row.account.handle}.")
    known = set(row.members.filter(id__in=belong).values_list("id", flat=True))
    join(row.group, belong - known)
    for user in users:
        if user.id not in known:
            _record_member(row, "created", user, actor)


@transaction.atomic
def remove_from_team(team: Team, user: User, *, actor: Actor) -> bool:
    """False for who is not in it."""
    row = _editable(team)
    if not part(row.group, [user.id]):
        return False
    _record_member(row, "deleted", user, actor)
    return True


def make_everyone(account: Account) -> Team:
    """The team of all people of an organization."""
    return _make(account, "Everyone", "", everyone=True)


def enter_everyone(membership: Membership) -> None:
    """Put a person who belongs to an organization into its team of everyone; take a mere collaborator out."""
    team = everyone_of(membership.account_id)
    if team is None or not membership.user.is_person:
        return
    if membership.role == permissions.COLLABORATOR:
        part(team.group, [membership.user_id])
    else:
        join(team.group, [membership.user_id])


def everyone_of(account_id: UUID) -> Team | None:
    """The team of all people of an organization; a personal account has none."""
    return Team.objects.filter(account=account_id, everyone=True).select_related("group").first()


def leave_teams(membership: Membership) -> None:
    """Take an actor out of all teams of the account."""
    User.groups.through.objects.filter(user=membership.user_id, group__team__account=membership.account_id).delete()


def _make(account: Account, name: str, description: str, *, everyone: bool = False) -> Team:
    team_id = new_id()
    group = Group.objects.create(name=f"team {team_id}")
    try:
        with transaction.atomic():
            return Team.objects.create(
                id=team_id, account=account, name=name, description=description, everyone=everyone, group=group
            )
    except IntegrityError as error:
        raise _taken() from error


def _editable(team: Team) -> Team:
    """The team as it is now, for this transaction alone. Raises ValidationError when it is gone, or everyone's."""
    hold_account(team.account_id)
    row = Team.objects.select_for_update(of=("self",)).select_related("account", "group").filter(id=team.id).first()
    if row is None or row.everyone:
        raise ValidationError("This team cannot be changed.", code="conflict")
    return row


def _checked(name: str) -> str:
    if not name.strip():
        raise ValidationError("A team needs a name.")
    if len(name) > 500:
        raise ValidationError("A team's name has at most 500 characters.")
    return name.strip()


def _taken() -> ValidationError:
    return ValidationError("This account has a team with this name.", code="taken")


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
