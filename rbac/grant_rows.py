"""The grants of a workspace as plain values: to replace all of them at once, as when it changes owner and back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.contrib.auth.models import Group

from accounts.models import User
from rbac.grants import add_members, add_permissions, delete_workspace_grants, holders_of
from rbac.models import Grant, WorkspaceRole


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant of a role to a user or service account, or to the group of a team."""

    id: UUID
    role_id: UUID
    user_id: UUID | None
    group_id: int | None
    created: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "role": str(self.role_id),
            "user": str(self.user_id) if self.user_id else None,
            "group": self.group_id,
            "created": self.created.isoformat(),
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        user = UUID(row["user"]) if row["user"] else None
        return cls(UUID(row["id"]), UUID(row["role"]), user, row["group"], datetime.fromisoformat(row["created"]))


def grant_rows(workspace_id: UUID) -> list[GrantRow]:
    """Return all grants in a workspace."""
    grants = Grant.objects.filter(workspace=workspace_id).order_by("id")
    return [GrantRow(grant.id, grant.role_id, grant.user_id, grant.group_id, grant.created) for grant in grants]


def replace_grants(workspace_id: UUID, rows: Collection[GrantRow]) -> None:
    """Delete all grants in a workspace and create these, with their groups and permissions.

    Rows of roles, users and groups that were deleted are left out. Call it like the functions of `rbac.grants`.
    """
    delete_workspace_grants(workspace_id)
    roles = _lock_roles({row.role_id for row in rows})
    users = set(User.actors.filter(id__in={row.user_id for row in rows}).values_list("id", flat=True))
    groups = set(Group.objects.filter(id__in={row.group_id for row in rows}).values_list("id", flat=True))
    kept = [row for row in rows if row.role_id in roles and (row.user_id in users or row.group_id in groups)]
    grants = [
        Grant(id=row.id, workspace_id=workspace_id, role_id=row.role_id, user_id=row.user_id, group_id=row.group_id)
        for row in kept
    ]
    Grant.objects.bulk_create(grants)
    for grant, row in zip(grants, kept, strict=True):
        grant.created = row.created
    Grant.objects.bulk_update(grants, ["created"])  # which `bulk_create` set to now
    for role in roles.values():
        if holders := [row.user_id for row in kept if row.role_id == role.id and row.user_id is not None]:
            add_members(holders_of(workspace_id, role), holders)
        of_teams = [row.group_id for row in kept if row.role_id == role.id and row.group_id is not None]
        add_permissions([(group, workspace_id) for group in of_teams], role.all_scopes)


def _lock_roles(ids: Iterable[UUID]) -> dict[UUID, WorkspaceRole]:
    """Return the roles with these ids. Custom ones are locked in the order of their ids."""
    rows = WorkspaceRole.objects.filter(id__in=set(ids)).select_related("inherits").order_by("id")
    own = rows.filter(account__isnull=False).select_for_update(of=("self",), no_key=True)
    return {role.id: role for role in [*rows.filter(account=None), *own]}
