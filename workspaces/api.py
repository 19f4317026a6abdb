"""What clients ask of a workspace's API itself: probes, versions, settings that never change here."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from rbac import scopes
from workspaces.rest import API_VERSION, ENTER, WorkspaceView
from workspaces.shapes import Resource

# The product whose contract this is: clients refuse another major version.
PREFECT_VERSION = "3.8.0"


class Ready(Resource):
    message: str


class Storage(Resource):
    default_result_storage_block_id: UUID | None


class HealthView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("health_check", answers={200: bool})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(True)


class HelloView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("hello", answers={200: str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer("👋")


class ReadyView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("perform_readiness_check", answers={200: Ready})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        connection.ensure_connection()
        return Answer({"message": "OK"})


class VersionView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("server_version", answers={200: str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(API_VERSION)


class AdminVersionView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("read_version", answers={200: str})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The Prefect version whose contract is served; not that of this site."""
        return Answer(PREFECT_VERSION)


class AdminStorageView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("read_server_default_result_storage", answers={200: Storage})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Where results go by default: a block, once there are blocks; null means the client's own choice."""
        return Answer({"default_result_storage_block_id": None})


class CsrfTokenView(WorkspaceView):
    required_scopes = {"GET": ENTER}

    @describe("create_csrf_token", answers={})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Keys are no cookies, so there is nothing to forge; clients know this sentence."""
        raise ApiError(422, "CSRF protection is disabled.")


class TelemetryView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("accept_metrics", answers={200: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Resource usage of run processes (OTLP). Taken and dropped: clients log an error where it is refused."""
        return HttpResponse(status=200, content_type="application/x-protobuf")
