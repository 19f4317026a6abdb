"""Endpoints of the types of workers, where clients of Prefect's server and those of Prefect Cloud look for them."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.endpoints import OwnView
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from workspaces.rest import ENTER, WorkspaceView
from workspaces.work_pools.worker_types import worker_types_json

_WORKERS = "aggregate-worker-metadata"
_NO_CONTENT = {"aggregate-block-metadata", "aggregate-flow-metadata", "demo-flows"}  # known, and not offered here


class WorkPoolTypesView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_WORK_POOLS}

    @describe("read_work_pool_types", answers={200: dict[str, Any]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the types of workers, by package and name, with a job template for each."""
        return Answer(worker_types_json())


class CollectionView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("read_view_content", answers={200: dict[str, Any]})
    def get(self, request: Request, view: str, **kwargs: Any) -> HttpResponse:
        return _view(view)


class CollectionOfSiteView(OwnView):
    """The same, below `/api`."""

    @describe("read_view_content_of_site", answers={200: dict[str, Any]})
    def get(self, request: Request, view: str, **kwargs: Any) -> HttpResponse:
        return _view(view)


def _view(view: str) -> HttpResponse:
    if view in _NO_CONTENT:
        raise NotFound(f"Requested content missing for view {view}")
    if view != _WORKERS:
        raise NotFound(f"View {view} not found in registry")
    return Answer(worker_types_json())
