"""What can happen to a task run over REST: subflow placeholders and background tasks are made so."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from auditlog.actors import Actor
from auditlog.ids import new_id
from workspaces.audit import record_in
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import proposed_state
from workspaces.runs.schemas import StateCreate, TaskRunCreate
from workspaces.runs.services.flow_runs import UnknownReference
from workspaces.runs.services.mirror import force_task_run_state


def create_task_run(workspace: Workspace, wanted: TaskRunCreate, *, actor: Actor) -> tuple[TaskRun, bool]:
    """The task run of that flow run, key and dynamic key, and whether it is new. Raises UnknownReference."""
    flow_run = None
    if wanted.flow_run_id is not None:
        flow_run = FlowRun.objects.filter(workspace=workspace, id=wanted.flow_run_id).first()
        if flow_run is None:
            raise UnknownReference(f"flow run {wanted.flow_run_id} is not in the workspace")
    if (found := _same_key(workspace, wanted)) is not None:
        return found, False
    try:
        with transaction.atomic():
            return _created(workspace, flow_run, wanted, actor), True
    except IntegrityError:
        if (found := _same_key(workspace, wanted)) is not None:
            return found, False
        raise


@transaction.atomic
def rename_task_run(workspace: Workspace, task_run_id: UUID, *, name: str | None, actor: Actor) -> bool:
    """False when the workspace has no such task run. A name of None changes nothing."""
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
    record_in(workspace, "task-run.deleted", actor=actor, object_id=run.id, object_name=run.name)
    Log.objects.filter(workspace=workspace, task_run_id=run.id).delete()
    run.delete()


def _created(workspace: Workspace, flow_run: FlowRun | None, wanted: TaskRunCreate, actor: Actor) -> TaskRun:
    now = timezone.now()
    labels = {**flow_run.labels, "prefect.flow-run.id": str(flow_run.id)} if flow_run else {}
    run = TaskRun(
        id=wanted.id or new_id(),
        workspace=workspace,
        flow_run=flow_run,
        name=wanted.name or run_name(),
        tags=wanted.tags,
        labels={**labels, **(wanted.labels or {})},
        empirical_policy=wanted.empirical_policy.model_dump(mode="json"),
        task_key=wanted.task_key,
        dynamic_key=wanted.dynamic_key,
        cache_key=wanted.cache_key,
        cache_expiration=wanted.cache_expiration,
        task_version=wanted.task_version,
        task_inputs=wanted.task_inputs,
        created=now,
        updated=now,
    )
    run.save(force_insert=True)
    state = proposed_state(wanted.state or StateCreate(type="PENDING"), now)
    state.details["task_run_id"] = str(run.id)
    state.details["flow_run_id"] = str(flow_run.id) if flow_run else None
    force_task_run_state(run, state)
    record_in(workspace, "task-run.created", actor=actor, object_id=run.id, object_name=run.name)
    return run


def _same_key(workspace: Workspace, wanted: TaskRunCreate) -> TaskRun | None:
    return TaskRun.objects.filter(
        workspace=workspace,
        flow_run_id=wanted.flow_run_id,
        task_key=wanted.task_key,
        dynamic_key=wanted.dynamic_key,
    ).first()
