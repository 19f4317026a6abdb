"""Who was let into a workspace: the grants of people, service accounts and teams; and all who may enter."""

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.models import Membership, ServiceAccount, Team
from orgs.queries import belonging
from rbac.models import Grant, WorkspaceGroupPermission, WorkspaceRole
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS
from workspaces.models import Workspace
from workspaces.scoping import Access

Row = TypeVar("Row", User, Team, WorkspaceRole)
_Place: Any = User.groups.through


def of_people(workspace: Workspace) -> QuerySet[Grant]:
    """Roles given to people themselves."""
    return Grant.objects.filter(workspace=workspace, user__kind=USER).select_related("user__personal_account")


def of_bots(workspace: Workspace) -> QuerySet[Grant]:
    """Roles given to service accounts."""
    return Grant.objects.filter(workspace=workspace, user__kind=SERVICE_ACCOUNT).select_related("user")


def of_teams(workspace: Workspace) -> QuerySet[Grant]:
    """Roles given to teams; everyone's, which is the default role, is not among them."""
    return Grant.objects.filter(workspace=workspace, group__team__everyone=False).select_related("group__team")


def memberships(workspace: Workspace) -> QuerySet[Any]:
    """All of the account, each with `shared`: whether they have a role of their own here."""
    own = Grant.objects.filter(workspace=workspace, user=OuterRef("user"))
    return Membership.objects.filter(account=workspace.account_id).annotate(shared=Exists(own))


def entering(workspace: Workspace) -> QuerySet[Any]:
    """Those of `memberships` who may enter, and those whose role waits while they are suspended."""
    owns = Q(role__in=IMPLICIT_WORKSPACE_OWNERS)
    in_teams = _Place.objects.filter(user=OuterRef("user"), group__grants__workspace=workspace)
    return memberships(workspace).filter(owns | Q(shared=True) | Exists(in_teams))


def knows_account(workspace: Workspace, reader: User) -> bool:
    """Whether the reader may see who else belongs to the account. Collaborators know only who enters here, too."""
    mine = belonging(reader, workspace.account_id)
    return mine is not None and mine.may("read:account_membership")


def reachable(workspace: Workspace, reader: User) -> QuerySet[Any]:
    """The memberships that the reader may find from this workspace."""
    return memberships(workspace) if knows_account(workspace, reader) else entering(workspace)


def rights(access: Access, reader: User) -> frozenset[str]:
    """What takes both, as invitations do: the reader's scopes here and permissions in the account, together."""
    mine = belonging(reader, access.workspace.account_id)
    return access.scopes | (mine.permissions if mine else frozenset())


def people(workspace: Workspace, ids: Collection[UUID], reader: User) -> dict[UUID, User]:
    """People by id whom the reader may find. Raises ValidationError for an id of nobody among them."""
    known = reachable(workspace, reader).values("user")
    found = User.objects.filter(id__in=ids).filter(id__in=known)
    return _all({user.id: user for user in found}, ids, "user")


def bots(workspace: Workspace, ids: Collection[UUID], reader: User) -> dict[UUID, User]:
    """Service accounts by id. Raises as `people`."""
    known = reachable(workspace, reader).values("user")
    found = ServiceAccount.objects.filter(id__in=ids, home_account=workspace.account_id).filter(id__in=known)
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
