"""The rule of who may enter a workspace and with which scopes. All code that needs it builds on this module.

Nobody may enter a workspace that is in the trash, or whose account is. Only users and service accounts that belong to
the workspace's account may enter: the person of a personal account, and active members. That person, and members whose
account role owns every workspace, hold all scopes. Other members hold the scopes that guardian's rows give to their
groups in the workspace, and may enter if they hold at least one. Grants of somebody who no longer belongs to the
account have no effect.

`workspaces.models` imports this module, so workspaces are given by id or through relations.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery, TextField, Value, When

from accounts.models import Account, User
from orgs.models import Membership
from rbac.effective import ALL_SCOPES, permissions_held, scopes_held
from rbac.models import WorkspaceGroupPermission
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS, OWNER

_GroupMember: Any = User.groups.through

# For workspaces: nobody enters those that are in the trash, or whose account is.
NOT_TRASHED = Q(trashed_at=None, account__trashed_at=None)
# For memberships: the account role alone opens every workspace of the account.
OWNS_EVERY_WORKSPACE = Q(role__in=IMPLICIT_WORKSPACE_OWNERS)


def owns_every_workspace(account_role: str) -> bool:
    """Return whether an account role opens every workspace of the account, with all scopes and without a grant."""
    return account_role in IMPLICIT_WORKSPACE_OWNERS


# One user and many workspaces: expressions for querysets of workspaces.


def active_membership(member: Any) -> FilteredRelation:
    """Return the join to the user's active membership in the workspace's account. Annotate it as `membership`."""
    active = Q(account__memberships__user=member, account__memberships__active=True)
    return FilteredRelation("account__memberships", condition=active)


def may_enter(user: UUID) -> Q:
    """Return the condition that a user may enter a workspace. Needs the annotation of `active_membership`."""
    granted = Q(membership__isnull=False) & Q(Exists(permissions_held(user, OuterRef("pk"))))
    return _owned_by(user) | granted


def held_scopes(person: Any, holder: Any) -> Case:
    """Return an expression for a user's scopes in a workspace, or null if they may not enter. `read_scopes` reads it.

    Both arguments are the user's id, or a query for it. It is passed twice because a prepared statement needs a
    parameter for each place where the id is used.
    """
    granted = When(membership__isnull=False, then=Subquery(scopes_held(holder, OuterRef("pk"))))
    return Case(When(_owned_by(person), then=Value(ALL_SCOPES)), granted, output_field=TextField())


def _owned_by(person: Any) -> Q:
    return Q(account__user=person) | Q(membership__role__in=IMPLICIT_WORKSPACE_OWNERS)


# One workspace and many users: conditions for memberships. The person of a personal account has no membership.


def opens_workspace(workspace_id: UUID) -> Q:
    """Return the condition that a membership opens a workspace of its account, as long as it is active."""
    groups = WorkspaceGroupPermission.objects.filter(content_object=workspace_id).values("group")
    return OWNS_EVERY_WORKSPACE | Q(user__in=_GroupMember.objects.filter(group__in=groups).values("user"))


def entering_members(workspace_id: UUID, account_id: UUID) -> QuerySet[Membership]:
    """Return the memberships of the users and service accounts who may enter a workspace now."""
    active = Membership.objects.filter(account=account_id, account__trashed_at=None, active=True, user__is_active=True)
    return active.filter(opens_workspace(workspace_id))


# Many users and many workspaces: a fixed number of queries for all of them.


def account_roles(users: Collection[UUID], workspaces: Collection[UUID]) -> dict[tuple[UUID, UUID], str]:
    """Return the account role of active users by (user, workspace), in two queries.

    The person of a personal account has the role Owner.
    """
    members = Membership.objects.filter(
        user__in=users,
        active=True,
        account__trashed_at=None,
        account__workspaces__in=workspaces,
        account__workspaces__trashed_at=None,
    )
    people = Account.objects.filter(user__in=users, workspaces__in=workspaces, workspaces__trashed_at=None)
    roles = {
        (user, workspace): role for user, workspace, role in members.values_list("user", "account__workspaces", "role")
    }
    return roles | dict.fromkeys(people.values_list("user", "workspaces"), OWNER)


def still_held(asked: set[tuple[UUID, UUID, str]]) -> set[tuple[UUID, UUID, str]]:
    """Return those of the triples (user, workspace, scope) that are true now, in three queries."""
    users, workspaces = {user for user, _, _ in asked}, {workspace for _, workspace, _ in asked}
    roles = account_roles(users, workspaces)
    rows = WorkspaceGroupPermission.objects.filter(
        content_object__in=workspaces, permission__codename__in={scope for _, _, scope in asked}, group__user__in=users
    )
    granted = set(rows.values_list("group__user", "content_object", "permission__codename"))

    def holds(user: UUID, workspace: UUID, scope: str) -> bool:
        role = roles.get((user, workspace))
        return role is not None and (owns_every_workspace(role) or (user, workspace, scope) in granted)

    return {triple for triple in asked if holds(*triple)}


def groups_with_access(**workspaces: Any) -> dict[UUID, set[int]]:
    """Return the ids of the groups that hold scopes, by workspace, in one query.

    The keyword arguments filter `WorkspaceGroupPermission`.
    """
    rows = WorkspaceGroupPermission.objects.filter(**workspaces).order_by()
    groups: dict[UUID, set[int]] = defaultdict(set)
    for workspace, group in rows.values_list("content_object", "group").distinct():
        groups[workspace].add(group)
    return groups
