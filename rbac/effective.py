"""The scopes that a user or service account holds in a workspace, read from guardian's permission rows."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Aggregate, CharField, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from rbac import scopes
from rbac.models import WorkspaceGroupPermission

ALL_SCOPES = "*"
_scope_names: dict[int, str] = {}  # by the id of the permission


def groups_of(user: Any) -> QuerySet[Any, Any]:
    """Return a query for the ids of a user's groups. `user` is an id, or a query for one."""
    group_ids: QuerySet[Any, Any] = User.groups.through.objects.filter(user=user).values("group")
    return group_ids


def permissions_held(user: Any, workspace: Any) -> QuerySet[Any, Any]:
    """Return guardian's permission rows of a user's groups in a workspace.

    `user` and `workspace` are ids, or expressions for ids.
    """
    rows: QuerySet[Any, Any] = WorkspaceGroupPermission.objects.filter(
        content_object=workspace, group__in=groups_of(user)
    )
    return rows


def scopes_held(user: Any, workspace: Any) -> QuerySet[Any, Any]:
    """Return a query with one row for `read_scopes`: the ids of the permissions held. It has no row if none are held.

    The names of the permissions are looked up afterwards, because joining them in would double the cost.
    """
    rows = permissions_held(user, workspace).order_by().values("content_object")
    held: QuerySet[Any, Any] = rows.annotate(held=_JoinedText(Cast("permission", CharField()))).values("held")
    return held


@lru_cache(maxsize=1024)
def read_scopes(held: str) -> frozenset[str]:
    """Return the names of the scopes in a row of `scopes_held`, or all scopes for ALL_SCOPES. Ignores unknown ids."""
    if held == ALL_SCOPES:
        return scopes.ALL
    ids = {int(permission_id) for permission_id in held.split(",")}
    if not ids <= _scope_names.keys():  # ids of permissions are never reused, so known names stay right
        _scope_names.update(Permission.objects.filter(codename__in=scopes.ALL).values_list("id", "codename"))
    return scopes.ALL.intersection(
        _scope_names[permission_id] for permission_id in ids if permission_id in _scope_names
    )


class _JoinedText(Aggregate):
    """Join the values of a text column with commas, on SQLite and PostgreSQL."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s)"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", template="%(function)s(%(expressions)s, ',')")
