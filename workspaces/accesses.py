"""Who was let into a workspace: the grants of people, service accounts and teams; and all who may enter."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.models import Membership, ServiceAccount, Team
from rbac.models import Grant, WorkspaceGroupPermission, WorkspaceRole
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS
from workspaces.models import Workspace

Row = TypeVar("Row", User, Team, WorkspaceRole)


def of_people(workspace: Workspace) -> QuerySet[Grant]:
    """Roles given to people themselves."""
    return Grant.objects.filter(workspace=workspace, user__kind=USER).select_related("user__personal_account")


def of_bots(workspace: Workspace) -> QuerySet[Grant]:
    """Roles given to service accounts."""
    return Grant.objects.filter(workspace=workspace, user__kind=SERVICE_ACCOUNT).select_related("user")


def of_teams(workspace: Workspace) -> QuerySet[Grant]:
    """Roles given to teams; everyone's, which is the default role, is not among them."""
    return Grant.objects.filter(workspace=workspace, group__team__everyone=False).select_related("group__team")


def people(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, User]:
    """The account's people by id. Raises ValidationError for an id of nobody there."""
    found = User.objects.filter(id__in=ids, memberships__account=workspace.account_id)
    return _all({user.id: user for user in found}, ids, "user")


def bots(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, User]:
    """The account's service accounts by id. Raises as `people`."""
    found = ServiceAccount.objects.filter(id__in=ids, home_account=workspace.account_id)
    return _all({bot.id: bot for bot in found}, ids, "service account")


def teams(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, Team]:
    """The account's teams by id. Raises as `people`."""
    found = Team.objects.filter(id__in=ids, account=workspace.account_id, everyone=False).select_related("group")
    return _all({team.id: team for team in found}, ids, "team")


def roles(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, WorkspaceRole]:
    """The roles that can be given there, by id. Raises as `people`."""
    found = WorkspaceRole.objects.usable_in(workspace.account).filter(id__in=ids).select_related("inherits")
    return _all({role.id: role for role in found}, ids, "role")


def actors(workspace: Workspace) -> list[User]:
    """Everybody who may enter: by a grant, a team's, the default role or the account itself. At most two queries."""
    active = Membership.objects.filter(account=workspace.account_id, active=True, user__is_active=True)
    holders = WorkspaceGroupPermission.objects.filter(content_object=workspace, group__user__isnull=False)
    let_in = Q(role__in=IMPLICIT_WORKSPACE_OWNERS) | Q(user__in=holders.values("group__user"))
    found = [membership.user for membership in active.filter(let_in).select_related("user")]
    found += User.objects.filter(id=workspace.account.user_id, is_active=True) if workspace.account.user_id else []
    return sorted(found, key=lambda user: (user.name.casefold(), user.id))


def _all(found: dict[UUID, Row], ids: Collection[UUID], noun: str) -> dict[UUID, Row]:
    if missing := set(ids) - found.keys():
        raise ValidationError(f"There is no {noun} {min(missing)} in this account.")
    return found
