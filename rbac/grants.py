"""Write grants, and the groups and guardian permissions that follow from them. No other module writes these tables.

Call each function inside a transaction, after locking the workspace's row. The caller writes the audit entry.
Guardian's own shortcuts write one row at a time; these functions write many rows in one query.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef

from accounts.models import User
from rbac.models import Grant, RoleHolders, WorkspaceGroupPermission, WorkspaceRole

_GroupMember: Any = User.groups.through


def grant_role(
    workspace_id: UUID, role: WorkspaceRole, *, user: User | None = None, group: Group | None = None
) -> Grant:
    """Grant a role in a workspace to a user or to a team's group. It replaces the role that they were granted there."""
    role = lock_role(role)
    grant = Grant.objects.filter(workspace=workspace_id, user=user, group=group).select_related("role").first()
    if grant is not None and grant.role_id == role.id:
        return grant
    if grant is None:
        grant = Grant(workspace_id=workspace_id, role=role, user=user, group=group)
    else:
        _remove_permissions(grant)
        grant.role = role
    grant.save()
    if user is not None:
        add_members(holders_of(workspace_id, role), [user.id])
    elif group is not None:
        add_permissions([(group.id, workspace_id)], role.all_scopes)
    return grant


def revoke(grant: Grant) -> None:
    """Delete a grant and the permissions that it gave."""
    _remove_permissions(grant)
    grant.delete()


def revoke_all(user: User, account_id: UUID) -> int:
    """Delete all grants to a user in the workspaces of an account, except those to their teams. Return their number."""
    grants = Grant.objects.filter(workspace__account=account_id, user=user)
    _GroupMember.objects.filter(user=user, group__holders__workspace__account=account_id).delete()
    return grants.delete()[0]


def lock_role(role: WorkspaceRole) -> WorkspaceRole:
    """Lock a role until the transaction ends, so that its scopes do not change meanwhile. Return its current row.

    A built-in role is returned as it is. Raises `WorkspaceRole.DoesNotExist` if the role was deleted.
    """
    if role.is_built_in:
        return role
    return WorkspaceRole.objects.select_for_update(of=("self",), no_key=True).select_related("inherits").get(id=role.id)


def holders_of(workspace_id: UUID, role: WorkspaceRole) -> Group:
    """Return the group of the users who hold a role in a workspace. Creates it on first use."""
    holders = RoleHolders.objects.filter(workspace=workspace_id, role=role).select_related("group").first()
    if holders is not None:
        return holders.group
    group = Group.objects.create(name=f"{workspace_id} {role.id}")
    RoleHolders.objects.create(group=group, workspace_id=workspace_id, role=role)
    add_permissions([(group.id, workspace_id)], role.all_scopes)
    return group


def add_members(group: Group, users: Iterable[UUID]) -> None:
    """Add users to a group. Ignores those who are already in it."""
    _GroupMember.objects.bulk_create(
        [_GroupMember(user_id=user, group_id=group.id) for user in users], ignore_conflicts=True
    )


def remove_members(group: Group, users: Iterable[UUID]) -> int:
    """Remove users from a group. Return how many were in it."""
    removed: int = _GroupMember.objects.filter(group=group, user__in=list(users)).delete()[0]
    return removed


def members_of(group: Group) -> Any:
    """Return the users and service accounts in a group."""
    return User.actors.filter(groups=group)


def apply_role_change(role: WorkspaceRole, *, before: frozenset[str]) -> None:
    """Update the permissions of all holders of a role whose scopes were changed from `before`."""
    now = role.all_scopes
    of_role = Grant.objects.filter(role=role, group=OuterRef("group"), workspace=OuterRef("content_object"))
    for rows in (
        WorkspaceGroupPermission.objects.filter(group__holders__role=role),
        WorkspaceGroupPermission.objects.filter(Exists(of_role)),
    ):
        rows.filter(permission__in=list(_permission_ids(before - now))).delete()
    groups_and_workspaces = [
        *RoleHolders.objects.filter(role=role).values_list("group", "workspace"),
        *Grant.objects.filter(role=role, group__isnull=False).values_list("group", "workspace"),
    ]
    add_permissions(groups_and_workspaces, now - before)


def reassign_holders(role: WorkspaceRole, to: WorkspaceRole) -> None:
    """Give all holders of `role` the role `to` instead, in every workspace."""
    to = lock_role(to)
    for holders in RoleHolders.objects.filter(role=role).select_related("group"):
        users = list(_GroupMember.objects.filter(group=holders.group).values_list("user", flat=True))
        if users:
            add_members(holders_of(holders.workspace_id, to), users)
        holders.group.delete()
    groups_and_workspaces = list(Grant.objects.filter(role=role, group__isnull=False).values_list("group", "workspace"))
    added, removed = to.all_scopes - role.all_scopes, role.all_scopes - to.all_scopes
    of_role = Grant.objects.filter(role=role, group=OuterRef("group"), workspace=OuterRef("content_object"))
    WorkspaceGroupPermission.objects.filter(Exists(of_role), permission__in=list(_permission_ids(removed))).delete()
    add_permissions(groups_and_workspaces, added)
    Grant.objects.filter(role=role).update(role=to)


def delete_workspace_grants(workspace_id: UUID) -> None:
    """Delete all grants, groups and permissions of a workspace that is about to be deleted."""
    WorkspaceGroupPermission.objects.filter(content_object=workspace_id).delete()
    Group.objects.filter(holders__workspace=workspace_id).delete()
    Grant.objects.filter(workspace=workspace_id).delete()


def delete_holder_groups(role: WorkspaceRole) -> None:
    """Delete the groups of holders of a role that nobody holds any more."""
    Group.objects.filter(holders__role=role).delete()


def _remove_permissions(grant: Grant) -> None:
    """Remove the permissions that a grant gave, but not the grant itself."""
    if grant.user_id is not None:
        _GroupMember.objects.filter(
            user=grant.user_id, group__holders__workspace=grant.workspace_id, group__holders__role=grant.role_id
        ).delete()
    else:
        WorkspaceGroupPermission.objects.filter(group=grant.group_id, content_object=grant.workspace_id).delete()


def add_permissions(groups_and_workspaces: Iterable[tuple[int, UUID]], names: frozenset[str]) -> None:
    """Give each group these scopes in the workspace it is paired with."""
    permissions = list(_permission_ids(names))
    rows = (
        WorkspaceGroupPermission(group_id=group, content_object_id=workspace, permission_id=permission)
        for group, workspace in groups_and_workspaces
        for permission in permissions
    )
    WorkspaceGroupPermission.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)


def _permission_ids(names: frozenset[str]) -> Any:
    return Permission.objects.filter(
        content_type__app_label="workspaces", content_type__model="workspace", codename__in=names
    ).values_list("id", flat=True)
