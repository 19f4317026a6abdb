"""Checks of invitations: the email addresses, and the roles, teams and workspace that are offered."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from accounts.models import Account, User
from auditlog.actors import USER
from core.errors import Conflict, Forbidden, Invalid
from orgs.models import Membership, Team
from orgs.models.plans import TEAMS, WORKSPACE_ACCESS
from orgs.plans import check_cap, require_feature
from orgs.services.members import check_granter, people_of
from rbac import permissions
from rbac.grants import lock_role
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import check_usable

MOST_AT_ONCE = 100
_LONGEST = 254


def parse_addresses(typed: Iterable[str]) -> list[str]:
    """Return the email addresses in lower case, without duplicates.

    Raises `Invalid` with a message for each invalid address, if there is none at all, and if there are more than 100.
    """
    emails: dict[str, None] = {}
    problems = []
    for text in typed:
        email = text.strip().lower()
        if is_address(email):
            emails[email] = None
        else:
            problems.append(f"“{text.strip()[:100]}” is not a valid email address.")
    if problems:
        raise Invalid(problems)
    if not emails:
        raise Invalid("Enter at least one email address.")
    if len(emails) > MOST_AT_ONCE:
        raise Invalid(f"Invite at most {MOST_AT_ONCE} people at once.")
    return list(emails)


def is_address(email: str) -> bool:
    """Return whether this is a valid email address."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= _LONGEST


def check_not_members(account: Account, emails: Collection[str], workspace: Any) -> None:
    """Raise `Conflict` with a message for each person who is already a member, and each address of a service account.

    A collaborator of one workspace of a personal account may be invited to another one.
    """
    memberships = Membership.objects.filter(account=account, user__email__in=emails)
    if workspace is not None:
        granted = Grant.objects.filter(workspace=workspace.id, user__email__in=emails).values("user")
        memberships = memberships.filter(~Q(role=permissions.COLLABORATOR) | Q(user__in=granted))
    members = set(memberships.values_list("user__email", flat=True))
    members |= set(User.objects.filter(personal_account=account, email__in=emails).values_list("email", flat=True))
    # The email address of a service account is a placeholder.
    bots = set(User.actors.filter(home_account__isnull=False, email__in=emails).values_list("email", flat=True))
    problems = [f"{email} is already a member of {account.handle}." for email in emails if email in members]
    problems += [f"{email} is the address of a service account." for email in emails if email in bots - members]
    if problems:
        raise Conflict(problems)


def check_seats(account: Account, role: str, emails: Collection[str]) -> None:
    """Raise `Invalid` if the plan has no places for those of the people who would be new in the account.

    Only accepted invitations take a place. So more people can be invited over time than there are places.
    """
    members = Membership.objects.filter(account=account, user__kind=USER)
    known = set(members.filter(user__email__in=emails).values_list("user__email", flat=True))
    if new := len(set(emails) - known):
        check_cap(account, people_of(role), members.count(), adding=new)


def check_target(
    account: Account,
    *,
    role: str,
    teams: Collection[Team],
    workspace: Any,
    workspace_role: WorkspaceRole | None,
    granter_scopes: frozenset[str] | None,
) -> None:
    """Check that an invitation's roles, teams and workspace fit the account and each other. Locks workspace and role.

    Raises `Invalid` if they do not fit, `Conflict` if the workspace or role was deleted, and `Forbidden` if they give
    more than `granter_scopes`: the caller's permissions in the account and scopes in the workspace, in one set. Also
    raises `Forbidden` if the account's plan has no teams, or no roles in single workspaces.
    """
    if role not in permissions.ROLES:
        raise Invalid("There is no such account role.")
    if account.kind == Account.PERSONAL and (role != permissions.COLLABORATOR or workspace is None or teams):
        raise Invalid("A personal account has no members: invite people to one of its workspaces.")
    if account.kind == Account.ORGANIZATION and role == permissions.COLLABORATOR:
        raise Invalid("An organization has members, not collaborators.")
    if any(team.account_id != account.id or team.everyone for team in teams):
        raise Invalid("There is no such team in this account.")
    check_granter(granter_scopes, role)
    if teams:
        require_feature(account, TEAMS)
    if workspace is not None:
        require_feature(account, WORKSPACE_ACCESS)
    if teams and granter_scopes is not None and permissions.UPDATE_TEAM not in granter_scopes:
        raise Forbidden(f"This needs the permission {permissions.UPDATE_TEAM} in the account.")
    check_workspace_role(account.id, workspace, workspace_role, granter_scopes=granter_scopes)


def check_workspace_role(
    account_id: UUID, workspace: Any, role: WorkspaceRole | None, *, granter_scopes: frozenset[str] | None
) -> None:
    """Check the workspace and its role for `check_target`. Locks both until the transaction ends."""
    if workspace is None and role is None:
        return
    if workspace is None or role is None:
        raise Invalid("Choose a workspace and a role in it.")
    if workspace.account_id != account_id:
        raise Invalid("There is no such workspace in this account.")
    check_usable(role, account_id)
    rows = type(workspace).objects.select_for_update(no_key=True).filter(id=workspace.id)
    try:
        gone = not list(rows.values_list("id"))
        role = lock_role(role)
    except WorkspaceRole.DoesNotExist:
        gone = True
    if gone:
        raise Conflict("This workspace or role was deleted.")
    check_scopes(granter_scopes, role)


def check_scopes(granter_scopes: frozenset[str] | None, role: WorkspaceRole | None) -> None:
    """Raise `Forbidden` if the workspace role holds more than `granter_scopes`."""
    if granter_scopes is not None and role is not None and not role.holds_at_most(granter_scopes):
        raise Forbidden(f"The role {role.name} holds scopes that you do not have there.")
