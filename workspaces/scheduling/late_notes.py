"""The reasons why a run is late, as its page shows them."""

from uuid import UUID

from rbac import scopes
from workspaces.pages import WorkspaceRequest, address
from workspaces.runs.hooks import LateNote
from workspaces.runs.models import FlowRun
from workspaces.scheduling.late_reasons import Reason, late_reasons
from workspaces.work_pools.models import WorkQueue


def late_notes(request: WorkspaceRequest, run: FlowRun) -> list[LateNote]:
    """Return why the run has not started, the decisive reason first. Empty if it is not late."""
    reasons = late_reasons(request.workspace, run)
    in_way = {run_id for reason in reasons for run_id in reason.flow_run_ids}
    runs = request.workspace.flowruns.only("id", "name", "workspace_id").in_bulk(in_way) if in_way else {}
    return [_note(request, reason, runs) for reason in reasons]


def _note(request: WorkspaceRequest, reason: Reason, runs: dict[UUID, FlowRun]) -> LateNote:
    url = _url(request, reason)
    label = reason.object_name or "" if url else ""
    in_way = [runs[run_id] for run_id in reason.flow_run_ids if run_id in runs]
    return LateNote(reason.message, url, label, reason.since, in_way)


def _url(request: WorkspaceRequest, reason: Reason) -> str:
    """Return the page of what a reason speaks of, "" if it has none or the user may not open it."""
    allows = request.access.allows
    if reason.object_id is None or reason.object_name is None:
        return ""
    if reason.object_type == "deployment" and allows(scopes.SEE_DEPLOYMENTS):
        return address(request.workspace, "deployment", reason.object_id)
    if reason.object_type == "work-pool" and allows(scopes.SEE_WORK_POOLS):
        return address(request.workspace, "work-pool", reason.object_name)
    if reason.object_type == "work-queue" and allows(scopes.SEE_WORK_QUEUES):
        queue = WorkQueue.objects.filter(workspace=request.workspace, id=reason.object_id).select_related("work_pool")
        return address(request.workspace, "work-pool-queue", queue[0].work_pool.name, queue[0].name) if queue else ""
    return ""
