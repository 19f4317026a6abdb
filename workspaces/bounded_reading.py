"""Read rows for an answer without holding more of them in memory than one answer may have."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import ExpressionWrapper, F, Func, Model, QuerySet, TextField
from orjson import Fragment

from core.db.statements import Prepared
from core.rest.errors import ApiError

MEGABYTE = 1_000_000
ANSWER_BYTES = 32 * MEGABYTE
_ROWS_AT_ONCE = 20  # a row can have two megabytes, and a log line five
_MOST_ROWS = 200
_SHORT_BYTES = 65_536


def as_text(*names: str) -> list[Any]:
    """Return expressions that read JSON columns as text, without parsing them. `fragment` puts it into an answer."""
    return [ExpressionWrapper(F(name), output_field=TextField()) for name in names]


def fragment(text: str | None) -> Fragment | None:
    """Return JSON text for an answer, which gets it as it is: it was validated when it was written."""
    return None if text is None else Fragment(text)


class RowReader:
    """Reads these columns of a model's rows, a few rows at a time. The first column must be the id.

    `longest` names a text column that has nearly all bytes of a row. PostgreSQL reads rows with a short one at once.
    """

    def __init__(self, model: type[Model], *columns: Any, longest: str = "") -> None:
        self._columns = columns
        rows = model._base_manager
        self._by_ids = Prepared(lambda *ids: rows.filter(id__in=ids).values_list(*columns), count=_ROWS_AT_ONCE)
        self._longest = columns.index(longest) if longest else None
        self._short_columns = [_Short(F(name)) if name == longest else name for name in columns]

    def read(self, rows: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the values of the columns, in the order of the rows.

        Raises `ApiError` 422 if more than one row makes the answer too large.
        """
        size = 0
        for number, values in enumerate(self._in_parts(rows)):
            size += sum([len(value) for value in values if type(value) is str])
            if size > ANSWER_BYTES and number:
                raise ApiError(
                    422, f"The answer has more than {ANSWER_BYTES // MEGABYTE} MB. Ask for fewer rows at once."
                )
            yield values

    def _in_parts(self, rows: QuerySet[Any]) -> Iterable[tuple[Any, ...]]:
        """Read a few rows directly, and many by their ids, which are read first.

        On SQLite, rows in an order are always read by their ids, since it sorts whole rows if no index has the order.
        PostgreSQL does not, but it reads all rows into the client's memory, or into a file of its own whose time no
        limit bounds.
        """
        end = rows.query.high_mark
        few = end is not None and end - rows.query.low_mark <= _ROWS_AT_ONCE
        if few and not (connection.vendor == "sqlite" and rows.query.order_by):
            return rows.values_list(*self._columns)
        if self._longest is not None and connection.vendor == "postgresql" and end is not None and end <= _MOST_ROWS:
            return self._read_short_ones(list(rows.values_list(*self._short_columns)), self._longest)
        return self._read_by_ids(list(rows.values_list("id", flat=True)))

    def _read_short_ones(self, found: list[tuple[Any, ...]], longest: int) -> Iterator[tuple[Any, ...]]:
        """Return rows that were read, and read those again that came without their longest column."""
        for values in found:
            if values[longest] is None:
                yield from self._read_by_ids([values[0]])
            else:
                yield values

    def _read_by_ids(self, ids: list[UUID]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            part = ids[start : start + _ROWS_AT_ONCE]
            padding = part[:1] * (_ROWS_AT_ONCE - len(part))
            by_id = {values[0]: values for values in self._by_ids.rows(*part, *padding)}
            yield from (by_id[row_id] for row_id in part if row_id in by_id)  # others were deleted meanwhile


class _Short(Func):
    """A text, or null if it is long. PostgreSQL knows the length without reading the text."""

    template = f"CASE WHEN octet_length(%(expressions)s) <= {_SHORT_BYTES} THEN %(expressions)s END"
    output_field = TextField()
