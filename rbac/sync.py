"""The built-in roles as rows, after each `migrate`: made, and brought up to date with their holders."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from rbac import builtin
from rbac.grants import role_changed
from rbac.models import WorkspaceGroupPermission, WorkspaceRole


@transaction.atomic
def built_in_roles(using: str, **signal: Any) -> None:
    """A receiver of `post_migrate` of the app `workspaces`, whose permissions exist by then, if the tables do."""
    if (
        using != DEFAULT_DB_ALIAS
        or WorkspaceGroupPermission._meta.db_table not in connection.introspection.table_names()
    ):
        return
    for name, scopes in builtin.SCOPES.items():
        role = WorkspaceRole.objects.filter(id=builtin.IDS[name]).first()
        described = builtin.DESCRIPTIONS[name]
        if role is None:
            WorkspaceRole.objects.create(id=builtin.IDS[name], name=name, description=described, scopes=sorted(scopes))
            continue
        before = frozenset(role.scopes)
        role.name, role.description, role.scopes = name, described, sorted(scopes)
        role.save(update_fields=["name", "description", "scopes", "updated"])
        if before != scopes:
            role_changed(role, before=before)
            for heir in WorkspaceRole.objects.filter(inherits=role).select_related("inherits"):
                role_changed(heir, before=before | frozenset(heir.scopes))
