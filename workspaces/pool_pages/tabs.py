"""The tabs of a work pool's page: a function for each returns the context of its template."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from core.json_text import json_text
from core.pages.keyset import page, total
from core.rest.shapes import plain
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.access_list_forms import access_form
from workspaces.deployments.access import visible_deployments
from workspaces.filters.paging import Numbered
from workspaces.pages import WorkspaceRequest
from workspaces.pool_pages.rows import active_runs, status_look
from workspaces.pool_pages.run_list import run_list
from workspaces.pool_pages.template_fields import variables_of
from workspaces.scheduling.slots import pool_slots
from workspaces.work_pools.models import ONLINE, Worker, WorkPool, WorkQueue
from workspaces.work_pools.statuses import worker_status

MOST_QUEUES = 200
ROWS = 50
RUNS_OF_QUEUE = 10
_WHOLE = Numbered.model_validate({"limit": MOST_QUEUES})


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    scope: str
    context: Callable[[WorkspaceRequest, WorkPool], dict[str, Any]]


def queue_rows(request: WorkspaceRequest, pool: WorkPool) -> list[dict[str, Any]]:
    """Return the first queues of the pool with their status and the number of active runs, by priority."""
    queues = WorkQueue.objects.filter(workspace=request.workspace, work_pool=pool).order_by("priority", "id")
    shown = list(queues[:MOST_QUEUES])
    counts = active_runs(request.workspace, "work_queue", [queue.id for queue in shown])
    return [
        {
            "queue": queue,
            "status": status_look(queue),
            "runs": counts.get(queue.id, {}),
            "is_default": queue.id == pool.default_queue_id,
        }
        for queue in shown
    ]


def worker_look(worker: Worker) -> dict[str, Any]:
    """Return a worker with its status of this moment."""
    status = worker_status(worker.last_heartbeat_time, worker.heartbeat_interval_seconds, timezone.now())
    return {"worker": worker, "online": status == ONLINE}


def _runs(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    return run_list(request, request.workspace.flowruns.filter(work_queue__work_pool=pool))


def _queues(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    return {"queue_rows": queue_rows(request, pool)}


def _workers(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    workers = pool.workers.filter(workspace=request.workspace)
    listed = page(workers, request.GET, key="name", parse=plain, descending=False, size=ROWS)
    return {"page": listed, "worker_rows": [worker_look(worker) for worker in listed.rows]}


def _deployments(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    rows = visible_deployments(request.access, request.user, VIEW).filter(work_queue__work_pool=pool)
    rows = rows.select_related("flow", "work_queue").defer("parameters", "parameter_openapi_schema", "job_variables")
    listed = page(rows, request.GET, key="name", parse=plain, descending=False, unique=False, size=ROWS)
    return {"page": listed, "deployments": listed.rows, "total": total(listed, rows)}


def _concurrency(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    return {"slots": pool_slots(request.workspace, pool, _WHOLE, RUNS_OF_QUEUE)}


def _access(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    return {"restricted": pool.restricted, **access_form(pool, request.workspace)}


def _details(request: WorkspaceRequest, pool: WorkPool) -> dict[str, Any]:
    defaults = [
        (schema.get("title") or name, name, json_text(schema["default"]))
        for name, schema in variables_of(pool.base_job_template).items()
        if schema.get("default") is not None
    ]
    return {
        "defaults": defaults,
        "template": json_text(pool.base_job_template, indent=True),
    }


TABS = {
    "runs": Tab("Runs", scopes.SEE_FLOWS, _runs),
    "queues": Tab("Queues", scopes.SEE_WORK_QUEUES, _queues),
    "workers": Tab("Workers", scopes.SEE_WORKERS, _workers),
    "deployments": Tab("Deployments", scopes.SEE_DEPLOYMENTS, _deployments),
    "concurrency": Tab("Concurrency", scopes.SEE_WORK_POOLS, _concurrency),
    "access": Tab("Access", scopes.SEE_WORK_POOLS, _access),
    "details": Tab("Details", scopes.SEE_WORK_POOLS, _details),
}
