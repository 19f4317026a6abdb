"""Whom one may invite, and into what."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from accounts.models import Account, User
from orgs.models import Membership, Team
from orgs.services.members import check_within
from rbac import permissions
from rbac.grants import hold
from rbac.models import Grant, WorkspaceRole

MOST_AT_ONCE = 100
_LONGEST = 254


def addresses(typed: Iterable[str]) -> list[str]:
    """Each address once, in lower case. Raises ValidationError that names every one that is none."""
    found: dict[str, None] = {}
    wrong = []
    for text in typed:
        email = text.strip().lower()
        if is_address(email):
            found[email] = None
        else:
            wrong.append(f"“{text.strip()[:100]}” is no email address.")
    if wrong:
        raise ValidationError(wrong)
    if not found:
        raise ValidationError("Give at least one email address.")
    if len(found) > MOST_AT_ONCE:
        raise ValidationError(f"Invite at most {MOST_AT_ONCE} people at once.")
    return list(found)


def is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= _LONGEST


def check_strangers(account: Account, emails: Collection[str], workspace: Any) -> None:
    """Raise ValidationError that names everybody who is in there already.

    A collaborator of one workspace of a personal account may be invited to another one.
    """
    mine = Membership.objects.filter(account=account, user__email__in=emails)
    if workspace is not None:
        here = Grant.objects.filter(workspace=workspace.id, user__email__in=emails).values("user")
        mine = mine.filter(~Q(role=permissions.COLLABORATOR) | Q(user__in=here))
    inside = set(mine.values_list("user__email", flat=True))
    inside |= set(User.objects.filter(personal_account=account, email__in=emails).values_list("email", flat=True))
    # The address of a service account takes no mail.
    bots = set(User.actors.filter(home_account__isnull=False, email__in=emails).values_list("email", flat=True))
    problems = [f"{email} belongs to {account.handle} already." for email in emails if email in inside]
    problems += [f"{email} is the address of a service account." for email in emails if email in bots - inside]
    if problems:
        refused = ValidationError(problems)
        refused.code = "conflict"  # Django keeps no code for several words at once
        raise refused


def check_target(
    account: Account,
    *,
    role: str,
    teams: Collection[Team],
    workspace: Any,
    workspace_role: WorkspaceRole | None,
    within: frozenset[str] | None,
) -> None:
    """Raise ValidationError for what does not belong together, PermissionDenied for more than who asks has.

    `within`: permissions in the account and scopes in the workspace, together.
    """
    if role not in permissions.ROLES:
        raise ValidationError("There is no such account role.")
    if account.kind == Account.PERSONAL and (role != permissions.COLLABORATOR or workspace is None or teams):
        raise ValidationError("A personal account has no members: invite people to one of its workspaces.")
    if account.kind == Account.ORGANIZATION and role == permissions.COLLABORATOR:
        raise ValidationError("An organization has members, not collaborators.")
    if any(team.account_id != account.id or team.everyone for team in teams):
        raise ValidationError("There is no such team in this account.")
    check_within(within, role)
    if teams and within is not None and "update:team" not in within:
        raise PermissionDenied("This needs the permission update:team in the account.")
    check_workspace_role(account.id, workspace, workspace_role, within=within)


def check_workspace_role(
    account_id: UUID, workspace: Any, role: WorkspaceRole | None, *, within: frozenset[str] | None
) -> None:
    """The part of `check_target` about the workspace. Holds it and the role until the transaction ends."""
    if workspace is None and role is None:
        return
    if workspace is None or role is None:
        raise ValidationError("Choose a workspace and a role in it.")
    if workspace.account_id != account_id:
        raise ValidationError("There is no such workspace in this account.")
    if not role.is_built_in and role.account_id != account_id:
        raise ValidationError("There is no such role in this account.")
    rows = type(workspace).objects.select_for_update(no_key=True).filter(id=workspace.id)
    try:
        gone = not list(rows.values_list("id"))
        role = hold(role)
    except WorkspaceRole.DoesNotExist:
        gone = True
    if gone:
        raise ValidationError("This workspace or role is gone.", code="conflict")
    check_scopes(within, role)


def check_scopes(within: frozenset[str] | None, role: WorkspaceRole | None) -> None:
    """Raise PermissionDenied when the role holds more than `within`."""
    if within is not None and role is not None and not role.all_scopes <= within:
        raise PermissionDenied(f"The role {role.name} holds scopes that you do not have there.")
