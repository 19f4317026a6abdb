"""The endpoint that tells why a run is late. Prefect has none."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from workspaces.rest import WorkspaceView
from workspaces.runs.models import FlowRun
from workspaces.scheduling import schemas
from workspaces.scheduling.late_reasons import late_reasons


class WhyLateView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("why_late", answers={200: schemas.WhyLate})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Return why the run has not started, the decisive reason first. Without a reason the run is not late."""
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise NotFound("Flow run not found")
        reasons = [asdict(reason) for reason in late_reasons(self.workspace, run)]
        return Answer({"flow_run_id": run.id, "state_name": run.state_name, "reasons": reasons})
