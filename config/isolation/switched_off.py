"""Switch off the filters by tenant one by one, as a mistake in the code would, and look what the database lets through.

Each condition on a workspace or an account that the code gives to a query is counted. The n-th one is left out.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.core.exceptions import FieldError
from django.db import connection
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from core.db.statements import Prepared

_TENANTS = ("workspace_id", "account_id")
_plain_filter = Query.build_filter
_plain_statement = Prepared.statement


@dataclass
class Filters:
    """The filters by tenant that were met, as table and column, and which of them is left out (-1: none)."""

    left_out: int = -1
    met: list[str] = field(default_factory=list)

    def leaves_out(self, name: str) -> bool:
        """Note a filter. Return whether it is the one to leave out."""
        self.met.append(name)
        return len(self.met) - 1 == self.left_out


@contextmanager
def switched_off(number: int) -> Iterator[Filters]:
    """Leave out the filter with this number in the block."""
    filters = Filters(number)

    def build_filter(query: Query, condition: Any, *args: Any, **more: Any) -> Any:
        name = _filter_by_tenant(query, condition)
        if name and not more.get("current_negated", False) and filters.leaves_out(name):
            return WhereNode(), set()
        return _plain_filter(query, condition, *args, **more)

    with ExitStack() as patches:
        patches.enter_context(patch.object(Query, "build_filter", build_filter))
        patches.enter_context(patch.object(Prepared, "statement", _unprepared))
        yield filters


def _filter_by_tenant(query: Query, condition: Any) -> str:
    """Return the table and column of a condition on a tenant. Empty if it is on something else."""
    if not isinstance(condition, tuple) or not query.model:
        return ""
    try:
        parts = str(condition[0]).split("__")
        _, final, _, _ = query.names_to_path(parts, query.get_meta(), fail_on_missing=False)
    except FieldError:
        return ""
    column = getattr(final, "column", "")
    return f"{final.model._meta.db_table}.{column}" if column in _TENANTS else ""


def _unprepared(prepared: Prepared, values: Sequence[UUID | str]) -> tuple[str, list[Any]]:
    """Build a prepared statement anew, so that its filters are met in every request."""
    with patch.object(Query, "build_filter", _plain_filter):
        _plain_statement(prepared, values)  # the columns of its rows, for `Prepared.converted`
    sql, params = prepared.build(*values).query.get_compiler(connection=connection).as_sql()
    return sql, list(params)
