"""What an actor may do in a workspace, as guardian's rows say."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Aggregate, CharField, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from rbac import scopes
from rbac.models import WorkspaceGroupPermission

ALL_SCOPES = "*"
_names: dict[int, str] = {}


def groups_of(user: Any) -> QuerySet[Any, Any]:
    """The ids of the groups of a user (an id, or a query of one)."""
    places: QuerySet[Any, Any] = User.groups.through.objects.filter(user=user).values("group")
    return places


def permissions_held(user: Any, workspace: Any) -> QuerySet[Any, Any]:
    """Guardian's rows for one user in one workspace (an id, or an OuterRef of it)."""
    rows: QuerySet[Any, Any] = WorkspaceGroupPermission.objects.filter(
        content_object=workspace, group__in=groups_of(user)
    )
    return rows


def scopes_held(user: Any, workspace: Any) -> QuerySet[Any, Any]:
    """One row that `read_scopes` takes; no row when there are none. Names are not joined in: that doubles the cost."""
    rows = permissions_held(user, workspace).order_by().values("content_object")
    held: QuerySet[Any, Any] = rows.annotate(held=_Joined(Cast("permission", CharField()))).values("held")
    return held


@lru_cache(maxsize=1024)
def read_scopes(held: str) -> frozenset[str]:
    """The names of the scopes in a row of `scopes_held`, or all for ALL_SCOPES. Unknown ones are left out."""
    if held == ALL_SCOPES:
        return scopes.ALL
    ids = {int(one) for one in held.split(",")}
    if not ids <= _names.keys():  # ids of permissions are never used again, so what is known stays right
        _names.update(Permission.objects.filter(codename__in=scopes.ALL).values_list("id", "codename"))
    return scopes.ALL.intersection(_names[one] for one in ids if one in _names)


class _Joined(Aggregate):
    """The values of a text column in one text, with commas."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s)"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", template="%(function)s(%(expressions)s, ',')")
