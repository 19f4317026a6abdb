"""Create and update the rows of the built-in roles after each `migrate`."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from rbac import builtin
from rbac.grants import apply_role_change
from rbac.models import WorkspaceGroupPermission, WorkspaceRole


@transaction.atomic
def sync_built_in_roles(using: str, **signal: Any) -> None:
    """Create or update the built-in roles, and the permissions of their holders if the scopes of a role changed.

    Receives `post_migrate` of the app `workspaces`, because the scopes are permissions of its model. Does nothing for
    other databases, or while the tables are missing.
    """
    if (
        using != DEFAULT_DB_ALIAS
        or WorkspaceGroupPermission._meta.db_table not in connection.introspection.table_names()
    ):
        return
    for name, scopes in builtin.SCOPES.items():
        role = WorkspaceRole.objects.filter(id=builtin.IDS[name]).first()
        description = builtin.DESCRIPTIONS[name]
        if role is None:
            WorkspaceRole.objects.create(
                id=builtin.IDS[name], name=name, description=description, scopes=sorted(scopes)
            )
            continue
        before = frozenset(role.scopes)
        role.name, role.description, role.scopes = name, description, sorted(scopes)
        role.save(update_fields=["name", "description", "scopes", "updated"])
        if before != scopes:
            apply_role_change(role, before=before)
            for heir in WorkspaceRole.objects.filter(inherits=role).select_related("inherits"):
                apply_role_change(heir, before=before | frozenset(heir.scopes))
