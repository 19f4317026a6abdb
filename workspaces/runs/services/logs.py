"""Write log lines of runs, many at once, and delete those of a flow."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.ids import new_id
from core.db.statements import insert_many
from workspaces.events import bus
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.schemas import LogCreate


def write_logs(workspace: Workspace, lines: Sequence[LogCreate], *, actor: Actor) -> None:
    """Store log lines and push them to subscribers after the commit. The runs that they name need not exist.

    Log lines are records themselves, so there is no audit entry that names `actor`.
    """
    if not lines:
        return
    now = timezone.now()
    rows = [
        {
            "id": new_id(),
            "workspace_id": workspace.id,
            "flow_run_id": line.flow_run_id,
            "task_run_id": line.task_run_id,
            "name": line.name,
            "level": line.level,
            "message": line.message,
            "timestamp": line.timestamp,
            "created": now,
        }
        for line in lines
    ]
    with transaction.atomic():
        insert_many(Log, rows)
        transaction.on_commit(lambda: bus.publish(workspace.id, bus.LOGS, rows))


def delete_logs_of_flow(workspace: Workspace, flow: Flow) -> None:
    """Delete the logs of a flow's runs and task runs, which no foreign key ties to their runs."""
    runs = FlowRun.objects.filter(workspace=workspace, flow=flow)
    tasks = TaskRun.objects.filter(workspace=workspace, flow_run__flow=flow)
    Log.objects.filter(workspace=workspace, task_run_id__in=tasks.values("id")).delete()
    Log.objects.filter(workspace=workspace, flow_run_id__in=runs.values("id")).delete()
