"""Endpoints of saved searches."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.filters.paging import window
from workspaces.rest import WorkspaceView
from workspaces.saved_searches import schemas
from workspaces.saved_searches.models import SavedSearch
from workspaces.saved_searches.services import delete_saved_search, find_saved_search, save_search

FIELDS = ("id", "created", "updated", "name", "filters")


class SavedSearchesView(WorkspaceView):
    required_scopes = {"PUT": scopes.MANAGE_SAVED_SEARCH}

    @describe(
        "create_saved_search",
        body=schemas.SavedSearchCreate,
        answers={200: schemas.SavedSearch, 201: schemas.SavedSearch},
    )
    def put(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a saved search, or replace the filters of the one with this name."""
        body = self.body(schemas.SavedSearchCreate)
        filters = [each.model_dump() for each in body.filters]
        search, new = save_search(self.workspace, name=body.name, filters=filters, actor=self.actor)
        return _answer(search, status=201 if new else 200)


class SavedSearchView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "DELETE": scopes.MANAGE_SAVED_SEARCH}

    @describe("read_saved_search", answers={200: schemas.SavedSearch})
    def get(self, request: Request, *, id: UUID, **kwargs: Any) -> HttpResponse:
        return _answer(find_saved_search(self.workspace, id))

    @describe("delete_saved_search", answers={204: None})
    def delete(self, request: Request, *, id: UUID, **kwargs: Any) -> HttpResponse:
        delete_saved_search(find_saved_search(self.workspace, id), actor=self.actor)
        return NoContent()


class SavedSearchesFilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("read_saved_searches", body=schemas.SavedSearchesFilter, answers={200: list[schemas.SavedSearch]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List saved searches by name."""
        body = self.body(schemas.SavedSearchesFilter, optional=True)
        return Answer(list(self.workspace.saved_searches.order_by("name").values(*FIELDS)[window(body)]))


def _answer(search: SavedSearch, status: int = 200) -> HttpResponse:
    return Answer({field: getattr(search, field) for field in FIELDS}, status=status)
