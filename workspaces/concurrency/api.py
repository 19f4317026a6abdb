"""Endpoints of concurrency slots. Tagged tasks request slots before they run, whether or not there is a limit."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.db.ids import new_id
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from workspaces.concurrency import schemas
from workspaces.rest import WorkspaceView


class IncrementWithLeaseView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("bulk_increment_active_slots_with_lease", body=schemas.AcquireWithLease, answers={200: schemas.Lease})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Grant the slots. Names without a limit are never exhausted, and there are no limits yet."""
        self.body(schemas.AcquireWithLease)
        return Answer({"lease_id": new_id(), "limits": []})
