"""Create, rename and delete task runs over REST.

Only background tasks and the task runs that stand for subflows are created this way; clients report all others in
events, see `recorder.py`.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.ids import new_id
from workspaces.audit import record_in
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import proposed_state
from workspaces.runs.schemas import StateCreate, TaskRunCreate
from workspaces.runs.services.flow_runs import UnknownReference
from workspaces.runs.services.mirror import force_task_run_state


def create_task_run(workspace: Workspace, body: TaskRunCreate, *, actor: Actor) -> tuple[TaskRun, bool]:
    """Return the task run with this flow run, task key and dynamic key, and whether it was created.

    Raises `UnknownReference` if the workspace has no such flow run.

    An id in the request is ignored: refusing an id that another workspace uses would reveal that it exists. The Prefect
    client sends none, and callers must use the id of the answer anyway, since the task run may have existed before.
    """
    flow_run = None
    if body.flow_run_id is not None:
        flow_run = FlowRun.objects.filter(workspace=workspace, id=body.flow_run_id).first()
        if flow_run is None:
            raise UnknownReference(f"flow run {body.flow_run_id} is not in the workspace")
    if (existing := _find_by_natural_key(workspace, body)) is not None:
        return existing, False
    try:
        with transaction.atomic():
            return _create(workspace, flow_run, body), True
    except IntegrityError:
        if (existing := _find_by_natural_key(workspace, body)) is not None:
            return existing, False
        raise


@transaction.atomic
def rename_task_run(workspace: Workspace, task_run_id: UUID, *, name: str | None, actor: Actor) -> bool:
    """Rename a task run; None keeps its name. Returns False if the workspace has no such task run."""
    run = TaskRun.objects.select_for_update().filter(workspace=workspace, id=task_run_id).first()
    if run is None:
        return False
    if name is None:
        return True
    run.name, run.updated = name, timezone.now()
    run.save(update_fields=["name", "updated"])
    record_in(workspace, "task-run.updated", actor=actor, object_id=run.id, object_name=name, fields=["name"])
    return True


@transaction.atomic
def delete_task_run(workspace: Workspace, run: TaskRun, *, actor: Actor) -> None:
    """Delete a task run and its logs, which no foreign key ties to it."""
    record_in(workspace, "task-run.deleted", actor=actor, object_id=run.id, object_name=run.name)
    Log.objects.filter(workspace=workspace, task_run_id=run.id).delete()
    run.delete()


def _create(workspace: Workspace, flow_run: FlowRun | None, body: TaskRunCreate) -> TaskRun:
    now = timezone.now()
    labels = {**flow_run.labels, "prefect.flow-run.id": str(flow_run.id)} if flow_run else {}
    run = TaskRun(
        id=new_id(),
        workspace=workspace,
        flow_run=flow_run,
        name=body.name or run_name(),
        tags=body.tags,
        labels={**labels, **(body.labels or {})},
        empirical_policy=body.empirical_policy.model_dump(mode="json"),
        task_key=body.task_key,
        dynamic_key=body.dynamic_key,
        cache_key=body.cache_key,
        cache_expiration=body.cache_expiration,
        task_version=body.task_version,
        task_inputs=body.task_inputs,
        created=now,
        updated=now,
    )
    run.save(force_insert=True)
    state = proposed_state(body.state or StateCreate(type="PENDING"), now)
    state.details["task_run_id"] = str(run.id)
    state.details["flow_run_id"] = str(flow_run.id) if flow_run else None
    force_task_run_state(run, state)
    return run


def _find_by_natural_key(workspace: Workspace, body: TaskRunCreate) -> TaskRun | None:
    return TaskRun.objects.filter(
        workspace=workspace,
        flow_run_id=body.flow_run_id,
        task_key=body.task_key,
        dynamic_key=body.dynamic_key,
    ).first()
