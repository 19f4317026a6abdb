"""Generic views for the endpoints that list, count, paginate or delete many rows of a noun.

A noun configures `NounView` once, and combines it with one of the views below for each endpoint:

    class FlowLists(NounView):
        noun, model, orders, row_shape = "flows", Flow, ORDERS, schemas.Flow
        required_scopes = {"POST": scopes.SEE_FLOWS}

        def serialize(self, rows): ...

    class FlowsFilterView(FlowLists, ListView):
        operation, body_shape = "read_flows", schemas.FlowsFilter
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import OrderBy, QuerySet
from django.http import HttpResponse
from pydantic import BaseModel, Field
from rest_framework.request import Request

from core.rest.descriptions import Described
from core.rest.responses import Answer
from workspaces.filters.paging import numbered_page, window
from workspaces.filters.related import RelatedFilters, matching
from workspaces.models import WorkspaceOwned
from workspaces.rest import WorkspaceView
from workspaces.shapes import Filter, Resource

Orders = Mapping[str, tuple[str | OrderBy, ...]]
# The orders that the API offers for all nouns with unique names.
NAME_ORDERS: Orders = {
    "NAME_ASC": ("name",),
    "NAME_DESC": ("-name",),
    "CREATED_DESC": ("-created", "-id"),
    "UPDATED_DESC": ("-updated", "-id"),
}
BulkLimit = Annotated[int, Field(ge=1, le=50)]


class BulkDelete(RelatedFilters):
    limit: BulkLimit = 50


class BulkDeleted(Resource):
    deleted: list[UUID]


class NounView(WorkspaceView):
    """The base of an endpoint whose body filters the rows of a noun. The body's field `noun` has the noun's filter."""

    noun: ClassVar[str]
    model: ClassVar[type[WorkspaceOwned]]
    orders: ClassVar[Orders]  # by the values of `sort`; the first is the default
    row_shape: ClassVar[type[BaseModel]]

    def serialize(self, rows: QuerySet[Any]) -> list[dict[str, Any]]:
        """Return the rows in the form of `row_shape`."""
        raise NotImplementedError

    def filtered_rows(self, body: Filter) -> QuerySet[Any]:
        """Return the workspace's rows that match the body's filters."""
        rows: QuerySet[Any] = self.model._default_manager.filter(workspace=self.workspace)
        return matching(rows, self.noun, body, self.workspace)

    def ordered_rows(self, body: Any) -> QuerySet[Any]:
        """Return the rows that match the body's filters, in the order of the body's `sort`."""
        order = self.orders[body.sort] if body.sort else next(iter(self.orders.values()))
        return self.filtered_rows(body).order_by(*order)


class _FilterView(NounView):
    """A POST endpoint whose body is optional."""

    operation: ClassVar[str]
    body_shape: ClassVar[type[Filter]] = RelatedFilters

    @classmethod
    def described(cls, method: str) -> Described | None:
        return Described(cls.operation, cls.body_shape, {200: cls.answer_shape()})

    @classmethod
    def answer_shape(cls) -> Any:
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(self.answer(self.body(self.body_shape, optional=True)))

    def answer(self, body: Any) -> Any:
        raise NotImplementedError


class ListView(_FilterView):
    """List rows in order, by `limit` and `offset`."""

    @classmethod
    def answer_shape(cls) -> Any:
        return list[cls.row_shape]  # type: ignore[name-defined]  # the noun's, known at run time

    def answer(self, body: Any) -> list[dict[str, Any]]:
        return self.serialize(self.ordered_rows(body)[window(body)])


class CountView(_FilterView):
    """Count the matching rows."""

    @classmethod
    def answer_shape(cls) -> Any:
        return int

    def answer(self, body: Any) -> int:
        return self.filtered_rows(body).count()


class PaginateView(_FilterView):
    """List rows in order, by page number."""

    page_shape: ClassVar[type[BaseModel]]

    @classmethod
    def answer_shape(cls) -> Any:
        return cls.page_shape

    def answer(self, body: Any) -> dict[str, Any]:
        rows, page_info = numbered_page(self.ordered_rows(body), body)
        return {"results": self.serialize(rows), **page_info}


class BulkDeleteView(_FilterView):
    """Delete up to `limit` of the matching rows, each as the endpoint for a single row does."""

    body_shape = BulkDelete
    deletion_order: ClassVar[str] = "id"

    @classmethod
    def answer_shape(cls) -> Any:
        return BulkDeleted

    def delete_row(self, row: Any) -> bool:
        """Delete a row. Return whether it still existed."""
        raise NotImplementedError

    def answer(self, body: Any) -> dict[str, Any]:
        deleted = []
        for row in list(self.filtered_rows(body).order_by(self.deletion_order)[: body.limit]):
            row_id = row.id  # Django clears it when it deletes the row
            if self.delete_row(row):
                deleted.append(row_id)
        return {"deleted": deleted}
