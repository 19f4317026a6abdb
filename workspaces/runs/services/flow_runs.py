"""What can happen to a flow run besides changing its state."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.rest.answers import json_bytes
from accounts.rest.errors import ApiError
from auditlog.actors import Actor
from auditlog.statements import Prepared, all_columns, load, together
from workspaces.audit import record_in
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import RunState, proposed_state
from workspaces.runs.schemas import FlowRunCreate, FlowRunUpdate, StateCreate
from workspaces.runs.services.transitions import store_state

PARAMETER_BYTES = 524_288
_flow = Prepared(
    lambda flow, workspace: Flow.objects.filter(id=flow, workspace=workspace).values_list(*all_columns(Flow))
)


class UnknownReference(IntegrityError):
    """A flow or parent that this workspace does not have; clients know it as an integrity conflict (409)."""


def create_flow_run(workspace: Workspace, wanted: FlowRunCreate, *, actor: Actor) -> tuple[FlowRun, RunState | None]:
    """A run with its first state; or the one with the same idempotency key, as it is and without a state.

    Raises UnknownReference.
    """
    check_parameters(wanted.parameters)
    row = _flow.first(wanted.flow_id, workspace.id)
    if row is None:
        raise UnknownReference(f"flow {wanted.flow_id} is not in the workspace")
    flow: Flow = load(Flow, row)
    if (found := _same_key(flow, wanted.idempotency_key)) is not None:
        return found, None
    try:
        with transaction.atomic():
            return _created(workspace, flow, wanted, actor)
    except UnknownReference:
        raise
    except IntegrityError:
        # Somebody was faster with the same key.
        if (found := _same_key(flow, wanted.idempotency_key)) is not None:
            return found, None
        raise


@transaction.atomic
def update_flow_run(workspace: Workspace, run_id: UUID, wanted: FlowRunUpdate, *, actor: Actor) -> bool:
    """Change the fields that were given. False when the workspace has no such run."""
    run = FlowRun.objects.select_for_update().filter(workspace=workspace, id=run_id).first()
    if run is None:
        return False
    given = wanted.model_fields_set
    if wanted.job_variables is None:
        given = given - {"job_variables"}
    if "job_variables" in given:
        _check_job_variables(run)
    if "parameters" in given:
        check_parameters(wanted.parameters)
    if "name" in given and not wanted.name:
        given = given - {"name"}
    values: dict[str, Any] = wanted.model_dump(include=given, mode="json")
    for field, value in values.items():
        setattr(run, field, value)
    run.updated = timezone.now()
    run.save(update_fields=[*values, "updated"])
    record_in(workspace, "flow-run.updated", actor=actor, object_id=run.id, object_name=run.name, fields=sorted(values))
    return True


@transaction.atomic
def label_flow_run(workspace: Workspace, run_id: UUID, labels: dict[str, Any], *, actor: Actor) -> bool:
    """Merge labels into the run's. False when the workspace has no such run."""
    run = FlowRun.objects.select_for_update().filter(workspace=workspace, id=run_id).first()
    if run is None:
        return False
    run.labels, run.updated = {**run.labels, **labels}, timezone.now()
    run.save(update_fields=["labels", "updated"])
    record_in(workspace, "flow-run.updated", actor=actor, object_id=run.id, object_name=run.name, fields=["labels"])
    return True


@transaction.atomic
def delete_flow_run(workspace: Workspace, run: FlowRun, *, actor: Actor) -> bool:
    """With its task runs, states, inputs and logs. False when it is gone already."""
    if FlowRun.objects.select_for_update().filter(workspace=workspace, id=run.id).first() is None:
        return False
    record_in(workspace, "flow-run.deleted", actor=actor, object_id=run.id, object_name=run.name)
    tasks = TaskRun.objects.filter(workspace=workspace, flow_run=run)
    Log.objects.filter(workspace=workspace, task_run_id__in=tasks.values("id")).delete()
    Log.objects.filter(workspace=workspace, flow_run_id=run.id).delete()
    run.delete()
    return True


@transaction.atomic
def delete_flow(workspace: Workspace, flow: Flow, *, actor: Actor) -> bool:
    """With its runs and theirs. False when it is gone already."""
    if Flow.objects.select_for_update().filter(workspace=workspace, id=flow.id).first() is None:
        return False
    record_in(workspace, "flow.deleted", actor=actor, object_id=flow.id, object_name=flow.name)
    tasks = TaskRun.objects.filter(workspace=workspace, flow_run__flow=flow)
    Log.objects.filter(workspace=workspace, task_run_id__in=tasks.values("id")).delete()
    Log.objects.filter(workspace=workspace, flow_run_id__in=flow.runs.values("id")).delete()
    flow.delete()
    return True


def check_parameters(parameters: dict[str, Any]) -> None:
    size = len(json_bytes(parameters))
    if size > PARAMETER_BYTES:
        raise ApiError(
            422,
            f"Flow run parameters must be less than {PARAMETER_BYTES:,} bytes when serialized (got {size:,} bytes).",
        )


def _created(workspace: Workspace, flow: Flow, wanted: FlowRunCreate, actor: Actor) -> tuple[FlowRun, RunState]:
    parent = None
    if wanted.parent_task_run_id is not None:
        parents = TaskRun.objects.filter(workspace=workspace, id=wanted.parent_task_run_id)
        if (parent := parents.first()) is None:
            raise UnknownReference(f"task run {wanted.parent_task_run_id} is not in the workspace")
    now = timezone.now()
    run = FlowRun(
        workspace=workspace,
        flow=flow,
        name=wanted.name or run_name(),
        tags=wanted.tags,
        labels={**flow.labels, "prefect.flow.id": str(flow.id), **(wanted.labels or {})},
        empirical_policy=wanted.empirical_policy.model_dump(mode="json"),
        flow_version=wanted.flow_version,
        deployment_id=wanted.deployment_id,
        parameters=wanted.parameters,
        context=wanted.context,
        idempotency_key=wanted.idempotency_key,
        job_variables=wanted.job_variables or {},
        infrastructure_document_id=wanted.infrastructure_document_id,
        work_queue_name=wanted.work_queue_name,
        parent_task_run=parent,
        created=now,
        updated=now,
    )
    state = proposed_state(wanted.state or StateCreate(type="PENDING"), now)
    with together():
        store_state(run, None, state)
        record_in(workspace, "flow-run.created", actor=actor, object_id=run.id, object_name=run.name)
    return run, state


def _same_key(flow: Flow, key: str | None) -> FlowRun | None:
    return None if key is None else FlowRun.objects.filter(flow=flow, idempotency_key=key).first()


def _check_job_variables(run: FlowRun) -> None:
    if run.state_type is None:
        raise ApiError(400, "Flow run state is required to update job variables but none exists")
    if run.state_type != "SCHEDULED":
        raise ApiError(400, f"Job variables for a flow run in state {run.state_type} cannot be updated")
    if run.deployment_id is None:
        raise ApiError(400, "A deployment for the flow run could not be found")
