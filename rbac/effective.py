"""What an actor may do in a workspace, as guardian's rows say."""

from functools import lru_cache
from typing import Any

from django.db.models import Aggregate, QuerySet, TextField

from accounts.models import User
from rbac import scopes
from rbac.models import WorkspaceGroupPermission

ALL_SCOPES = "*"


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
    """One row with the names of the scopes, joined by commas and perhaps repeated; no row when there are none."""
    rows = permissions_held(user, workspace).order_by().values("content_object")
    held: QuerySet[Any, Any] = rows.annotate(held=_Joined("permission__codename")).values("held")
    return held


@lru_cache(maxsize=1024)
def read_scopes(held: str) -> frozenset[str]:
    """The names of `scopes_held`; what a later or an earlier version called a scope is left out."""
    return scopes.ALL if held == ALL_SCOPES else scopes.ALL.intersection(held.split(","))


class _Joined(Aggregate):
    """The values of a text column in one text."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s)"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", template="%(function)s(%(expressions)s, ',')")
