"""Queries about the grants of a workspace, and the people, service accounts and teams that may have one.

What a reader may find depends on their permissions in the account (`may_see_members`).
"""

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT, USER
from core.errors import Invalid
from orgs.models import Membership, ServiceAccount, Team
from orgs.queries import account_access
from rbac import permissions
from rbac.models import Grant, WorkspaceRole
from workspaces.entry_rules import entering_members, opens_workspace
from workspaces.models import Workspace
from workspaces.scoping import Access

Row = TypeVar("Row", User, Team, WorkspaceRole)


def user_grants(workspace: Workspace) -> QuerySet[Grant]:
    """Return the roles granted to people themselves."""
    return Grant.objects.filter(workspace=workspace, user__kind=USER).select_related("user__personal_account")


def service_account_grants(workspace: Workspace) -> QuerySet[Grant]:
    """Return the roles granted to service accounts themselves."""
    return Grant.objects.filter(workspace=workspace, user__kind=SERVICE_ACCOUNT).select_related("user")


def team_grants(workspace: Workspace) -> QuerySet[Grant]:
    """Return the roles granted to teams, without the default role, which is the grant of the team of everyone."""
    return Grant.objects.filter(workspace=workspace, group__team__everyone=False).select_related("group__team")


def account_memberships(workspace: Workspace) -> QuerySet[Any]:
    """Return the memberships of the account. `shared` says whether the member has a direct role in the workspace."""
    own = Grant.objects.filter(workspace=workspace, user=OuterRef("user"))
    return Membership.objects.filter(account=workspace.account_id).annotate(shared=Exists(own))


def entering_memberships(workspace: Workspace) -> QuerySet[Any]:
    """Return the memberships that open the workspace, or would if the member were not suspended."""
    return account_memberships(workspace).filter(opens_workspace(workspace.id) | Q(shared=True))


def may_see_members(workspace: Workspace, reader: User) -> bool:
    """Return whether the reader may see all members of the account.

    Others, such as collaborators, see only those who may enter the workspace.
    """
    access = account_access(reader, workspace.account_id)
    return access is not None and access.may(permissions.READ_ACCOUNT_MEMBERSHIP)


def visible_memberships(workspace: Workspace, reader: User) -> QuerySet[Any]:
    """Return the memberships that the reader may find from this workspace."""
    return account_memberships(workspace) if may_see_members(workspace, reader) else entering_memberships(workspace)


def combined_rights(access: Access, reader: User) -> frozenset[str]:
    """Return the reader's scopes in the workspace and permissions in the account, since invitations take both."""
    in_account = account_access(reader, access.workspace.account_id)
    return access.scopes | (in_account.permissions if in_account else frozenset())


def find_people(workspace: Workspace, ids: Collection[UUID], reader: User) -> dict[UUID, User]:
    """Return people by id. Raises `Invalid` for an id of nobody whom the reader may find."""
    visible = visible_memberships(workspace, reader).values("user")
    users = User.objects.filter(id__in=ids).filter(id__in=visible)
    return _require_all({user.id: user for user in users}, ids, "user")


def find_service_accounts(workspace: Workspace, ids: Collection[UUID], reader: User) -> dict[UUID, User]:
    """Return service accounts by id. Raises `Invalid` for an id of none that the reader may find."""
    visible = visible_memberships(workspace, reader).values("user")
    bots = ServiceAccount.objects.filter(id__in=ids, home_account=workspace.account_id).filter(id__in=visible)
    return _require_all({bot.id: bot for bot in bots}, ids, "service account")


def find_teams(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, Team]:
    """Return the account's teams by id. Raises `Invalid` for an id of none."""
    teams = Team.objects.filter(id__in=ids, account=workspace.account_id, everyone=False).select_related("group")
    return _require_all({team.id: team for team in teams}, ids, "team")


def find_roles(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, WorkspaceRole]:
    """Return the roles that can be granted in the workspace, by id. Raises `Invalid` for an id of none."""
    roles = WorkspaceRole.objects.usable_in(workspace.account).filter(id__in=ids).select_related("inherits")
    return _require_all({role.id: role for role in roles}, ids, "role")


def entering_actors(workspace: Workspace) -> list[User]:
    """Return all people and service accounts that may enter, for any reason, by name: at most two queries."""
    members = entering_members(workspace.id, workspace.account_id).select_related("user")
    users = [membership.user for membership in members]
    users += User.objects.filter(id=workspace.account.user_id, is_active=True) if workspace.account.user_id else []
    return sorted(users, key=lambda user: (user.name.casefold(), user.id))


def _require_all(found: dict[UUID, Row], ids: Collection[UUID], noun: str) -> dict[UUID, Row]:
    if missing := set(ids) - found.keys():
        raise Invalid(f"There is no {noun} {min(missing)} in this account.")
    return found
