"""Concurrency slots. Tagged tasks ask for them before they run, whether or not there is a limit."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.views import describe
from auditlog.ids import new_id
from rbac import scopes
from workspaces.concurrency import schemas
from workspaces.rest import WorkspaceView


class IncrementWithLeaseView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("bulk_increment_active_slots_with_lease", body=schemas.AcquireWithLease, answers={200: schemas.Lease})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Names without a limit hold nobody back. A workspace has no limits yet, so every name is one of those."""
        self.body(schemas.AcquireWithLease)
        return Answer({"lease_id": new_id(), "limits": []})
