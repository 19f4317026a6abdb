"""Endpoints about the workspace API itself: health checks, versions, and settings that are fixed on this server."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.openapi import Problem
from core.rest.responses import Answer
from rbac import scopes
from workspaces.rest import API_VERSION, ENTER, WorkspaceView
from workspaces.run_keys.bounds import anything
from workspaces.shapes import Resource

# The version of Prefect whose API is served. Clients refuse another major version.
PREFECT_VERSION = "3.8.0"


class Ready(Resource):
    message: str


class Storage(Resource):
    default_result_storage_block_id: UUID | None


class HealthView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("health_check", answers={200: bool})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(True)


class HelloView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("hello", answers={200: str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer("👋")


class ReadyView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("perform_readiness_check", answers={200: Ready})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        connection.ensure_connection()
        return Answer({"message": "OK"})


class VersionView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("server_version", answers={200: str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(API_VERSION)


class AdminVersionView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("read_version", answers={200: str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the version of Prefect whose API is served, not the version of this site."""
        return Answer(PREFECT_VERSION)


class AdminStorageView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("read_server_default_result_storage", answers={200: Storage})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the block that stores results by default. It is null, so the client chooses."""
        return Answer({"default_result_storage_block_id": None})


class CsrfTokenView(WorkspaceView):
    required_scopes = {"GET": ENTER}
    run_keys = {"GET": anything}

    @describe("create_csrf_token", answers={422: Problem})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Refuse: callers send API keys, not cookies, so there is nothing to forge. Clients recognize the message."""
        raise ApiError(422, "CSRF protection is disabled.")


class TelemetryView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": anything}

    @describe("accept_metrics", answers={200: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Accept and discard resource usage of run processes (OTLP). Clients log an error if it is refused."""
        return HttpResponse(status=200, content_type="application/x-protobuf")
