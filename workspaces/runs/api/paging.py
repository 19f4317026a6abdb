"""Numbered pages: `{results, count, limit, pages, page}`."""

from collections.abc import Callable
from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import Field

from workspaces.filters import window
from workspaces.shapes import Offset, Page, Request


class Numbered(Request):
    page: Annotated[Offset, Field(ge=1)] = 1
    limit: int | None = None


def paged(rows: QuerySet[Any], body: Numbered, answers: Callable[[Any], list[dict[str, Any]]]) -> dict[str, Any]:
    first = window(Page(limit=body.limit))
    limit: int = first.stop
    count = rows.count()
    offset = (body.page - 1) * limit
    return {
        "results": answers(rows[offset : offset + limit]),
        "count": count,
        "limit": limit,
        "pages": -(-count // limit) if limit else 0,
        "page": body.page,
    }
