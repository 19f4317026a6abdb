"""Grants, and the groups and guardian permissions that follow from them. The only code that writes either.

Each function runs inside its caller's transaction; the caller holds the workspace's row and writes the audit entry.
Guardian's own shortcuts write row by row; these write sets.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef

from accounts.models import User
from rbac.models import Grant, RoleHolders, WorkspaceGroupPermission, WorkspaceRole

_Place: Any = User.groups.through


def give(workspace_id: UUID, role: WorkspaceRole, *, user: User | None = None, group: Group | None = None) -> Grant:
    """Grant `role` to an actor or to a team's group, in place of the role that it had there."""
    role = hold(role)
    grant = Grant.objects.filter(workspace=workspace_id, user=user, group=group).select_related("role").first()
    if grant is not None and grant.role_id == role.id:
        return grant
    if grant is None:
        grant = Grant(workspace_id=workspace_id, role=role, user=user, group=group)
    else:
        _withdraw(grant)
        grant.role = role
    grant.save()
    if user is not None:
        join(holders_of(workspace_id, role), [user.id])
    elif group is not None:
        _permit([(group.id, workspace_id)], role.all_scopes)
    return grant


def take(grant: Grant) -> None:
    """End a grant."""
    _withdraw(grant)
    grant.delete()


def take_all(user: User, account_id: UUID) -> int:
    """End every grant of an actor's own in the workspaces of an account. Returns how many."""
    grants = Grant.objects.filter(workspace__account=account_id, user=user)
    _Place.objects.filter(user=user, group__holders__workspace__account=account_id).delete()
    return grants.delete()[0]


def hold(role: WorkspaceRole) -> WorkspaceRole:
    """The role as it is now, not to change before the transaction ends: scopes granted are those it then has."""
    if role.is_built_in:
        return role
    return WorkspaceRole.objects.select_for_update(of=("self",), no_key=True).select_related("inherits").get(id=role.id)


def holders_of(workspace_id: UUID, role: WorkspaceRole) -> Group:
    """The group of the role's holders in a workspace, made on first use."""
    known = RoleHolders.objects.filter(workspace=workspace_id, role=role).select_related("group").first()
    if known is not None:
        return known.group
    group = Group.objects.create(name=f"{workspace_id} {role.id}")
    RoleHolders.objects.create(group=group, workspace_id=workspace_id, role=role)
    _permit([(group.id, workspace_id)], role.all_scopes)
    return group


def join(group: Group, users: Iterable[UUID]) -> None:
    """Put actors into a group; those who are in it stay."""
    _Place.objects.bulk_create([_Place(user_id=user, group_id=group.id) for user in users], ignore_conflicts=True)


def part(group: Group, users: Iterable[UUID]) -> int:
    """Take actors out of a group. Returns how many were in it."""
    removed: int = _Place.objects.filter(group=group, user__in=list(users)).delete()[0]
    return removed


def members_of(group: Group) -> Any:
    """The actors in a group."""
    return User.actors.filter(groups=group)


def role_changed(role: WorkspaceRole, *, before: frozenset[str]) -> None:
    """Bring the permissions of all who hold `role` in line with its scopes, which were `before`."""
    now = role.all_scopes
    of_role = Grant.objects.filter(role=role, group=OuterRef("group"), workspace=OuterRef("content_object"))
    for rows in (
        WorkspaceGroupPermission.objects.filter(group__holders__role=role),
        WorkspaceGroupPermission.objects.filter(Exists(of_role)),
    ):
        rows.filter(permission__in=list(_permissions(before - now))).delete()
    places = [
        *RoleHolders.objects.filter(role=role).values_list("group", "workspace"),
        *Grant.objects.filter(role=role, group__isnull=False).values_list("group", "workspace"),
    ]
    _permit(places, now - before)


def reassign(role: WorkspaceRole, to: WorkspaceRole) -> None:
    """Give every holder of `role` the role `to` instead, workspace by workspace."""
    to = hold(to)
    for holders in RoleHolders.objects.filter(role=role).select_related("group"):
        users = list(_Place.objects.filter(group=holders.group).values_list("user", flat=True))
        if users:
            join(holders_of(holders.workspace_id, to), users)
        holders.group.delete()
    places = list(Grant.objects.filter(role=role, group__isnull=False).values_list("group", "workspace"))
    added, gone = to.all_scopes - role.all_scopes, role.all_scopes - to.all_scopes
    of_role = Grant.objects.filter(role=role, group=OuterRef("group"), workspace=OuterRef("content_object"))
    WorkspaceGroupPermission.objects.filter(Exists(of_role), permission__in=list(_permissions(gone))).delete()
    _permit(places, added)
    Grant.objects.filter(role=role).update(role=to)


def forget_workspace(workspace_id: UUID) -> None:
    """Remove what grants left in a workspace that is about to go."""
    WorkspaceGroupPermission.objects.filter(content_object=workspace_id).delete()
    Group.objects.filter(holders__workspace=workspace_id).delete()
    Grant.objects.filter(workspace=workspace_id).delete()


def forget_role(role: WorkspaceRole) -> None:
    """Remove the groups of a role that nobody holds any more."""
    Group.objects.filter(holders__role=role).delete()


def _withdraw(grant: Grant) -> None:
    """Take back what a grant gave."""
    if grant.user_id is not None:
        _Place.objects.filter(
            user=grant.user_id, group__holders__workspace=grant.workspace_id, group__holders__role=grant.role_id
        ).delete()
    else:
        WorkspaceGroupPermission.objects.filter(group=grant.group_id, content_object=grant.workspace_id).delete()


def _permit(places: Iterable[tuple[int, UUID]], names: frozenset[str]) -> None:
    """Let each (group, workspace) hold these scopes there."""
    permissions = list(_permissions(names))
    rows = (
        WorkspaceGroupPermission(group_id=group, content_object_id=workspace, permission_id=permission)
        for group, workspace in places
        for permission in permissions
    )
    WorkspaceGroupPermission.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)


def _permissions(names: frozenset[str]) -> Any:
    return Permission.objects.filter(
        content_type__app_label="workspaces", content_type__model="workspace", codename__in=names
    ).values_list("id", flat=True)
