"""Paging of the workspace API's lists: by `limit` and `offset`, or by page number."""

from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import Field

from core.rest.errors import ApiError
from workspaces.shapes import Count, Filter, Offset, Resource

MOST_ROWS = 200


class Page(Filter):
    """A body with `limit` and `offset`. Null means the default."""

    limit: int | None = None
    offset: Offset | None = None


class Numbered(Filter):
    """A body with a page number."""

    page: Annotated[Offset, Field(ge=1)] = 1
    limit: int | None = None


class Paged(Resource):
    """A page by number. Subclasses add its `results`."""

    count: Count
    limit: int
    pages: int
    page: int


def window(body: Page) -> slice:
    """Return the slice of rows that a body asks for. Raises `ApiError` 422 if the limit is out of range."""
    limit, offset = checked_limit(body.limit), body.offset or 0
    return slice(offset, offset + limit)


def numbered_page(rows: QuerySet[Any], body: Numbered) -> tuple[QuerySet[Any], dict[str, int]]:
    """Return the rows of the page, and the values of `Paged`. A page past the end is empty.

    Raises `ApiError` 422 if the limit is out of range.
    """
    limit = checked_limit(body.limit)
    count = rows.count()
    offset = (body.page - 1) * limit
    page_info = {"count": count, "limit": limit, "pages": -(-count // limit) if limit else 0, "page": body.page}
    return rows[offset : offset + limit], page_info


def checked_limit(requested: int | None) -> int:
    """Return the limit that a body asks for. Raises `ApiError` 422 if it is out of range."""
    limit = MOST_ROWS if requested is None else requested
    if limit > MOST_ROWS:
        raise ApiError(422, f"Invalid limit: must be less than or equal to {MOST_ROWS}.")
    if limit < 0:
        raise ApiError(422, "Invalid limit: must be greater than or equal to 0.")
    return limit
