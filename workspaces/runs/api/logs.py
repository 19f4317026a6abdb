"""Logs of runs."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.views import describe
from rbac import scopes
from workspaces.filters import window
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.log_filters import LOG_ORDER, LogFilter, LogSort, logs_where
from workspaces.runs.rows import log_rows
from workspaces.runs.services.logs import write_logs
from workspaces.shapes import Page


class LogsFilter(Page):
    logs: LogFilter | None = None
    sort: LogSort | None = None


class LogsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("create_logs", body=list[schemas.LogCreate], answers={201: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        write_logs(self.workspace, self.body(list[schemas.LogCreate]), actor=self.actor)
        return Answer(None, status=201)


class FilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("read_logs", body=LogsFilter, answers={200: list[schemas.Log]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(LogsFilter, optional=True)
        logs = logs_where(self.workspace, body.logs).order_by(*LOG_ORDER[body.sort or "TIMESTAMP_ASC"])
        return Answer(log_rows(logs[window(body)]))
