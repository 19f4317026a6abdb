"""Endpoints for logs of runs."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic_core import ErrorDetails
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.errors import InvalidBody
from core.rest.responses import Answer
from orgs.rate_limits import limit_lines
from rbac import scopes
from workspaces.filters.logs import LogFilter
from workspaces.filters.paging import Page
from workspaces.list_views import ListView
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import anything
from workspaces.runs import schemas
from workspaces.runs.models import Log
from workspaces.runs.orders import LOG_ORDER, LogSort
from workspaces.runs.run_key_checks import check_lines
from workspaces.runs.serialization import serialize_logs
from workspaces.runs.services.logs import write_logs


class LogsFilter(Page):
    logs: LogFilter | None = None
    sort: LogSort | None = None


class LogsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": anything}

    @describe("create_logs", body=schemas.LogBatch, answers={201: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        _count_lines(self.request.body)
        lines = self.body(schemas.LogBatch, typed=True)
        if self.access.run is not None:
            check_lines(self.access.run, lines)
        limit_lines(self.workspace.account, self.key, len(lines))
        write_logs(self.workspace, lines, actor=self.actor)
        return Answer(None, status=201)


class LogsFilterView(ListView):
    noun, model, orders, row_shape = "logs", Log, LOG_ORDER, schemas.Log
    operation, body_shape = "read_logs", LogsFilter
    required_scopes = {"POST": scopes.SEE_FLOWS}

    def serialize(self, rows: QuerySet[Log]) -> list[dict[str, Any]]:
        return serialize_logs(rows)


def _count_lines(raw: bytes) -> None:
    """Raise `InvalidBody` for too many lines, before they are parsed, which takes longest."""
    if raw.count(b'"message"') > schemas.MOST_LINES:
        message = f"List should have at most {schemas.MOST_LINES} items"
        raise InvalidBody([ErrorDetails(type="too_long", loc=(), msg=message, input=None)], None)
