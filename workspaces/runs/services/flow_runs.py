"""Create, update and delete flow runs. `transitions.py` changes their state."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.statements import Prepared, all_columns, load, pipelined
from core.errors import Invalid
from core.rest.responses import json_bytes
from workspaces.audit import record_in
from workspaces.deployments.checks import check_size
from workspaces.deployments.services.work_queues import choose_queue
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.provenance import created_by
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import RunState, proposed_state
from workspaces.runs.run_origin import deployment_of
from workspaces.runs.schemas import FlowRunCreate, FlowRunUpdate, StateCreate
from workspaces.runs.services.deployment_slots import release_slots
from workspaces.runs.services.job_variables import check_run_variables
from workspaces.runs.services.transitions import store_state
from workspaces.work_pools.models import WorkPool

LABEL_BYTES = 524_288
_flow = Prepared(
    lambda flow, workspace: Flow.objects.filter(id=flow, workspace=workspace).values_list(*all_columns(Flow))
)


class JobVariablesFixed(Invalid):
    """The job variables of a run can no longer be changed in its state. The API answers 400."""


class UnknownReference(IntegrityError):
    """The workspace has no such flow, deployment, or run. The API answers 409, as for a broken foreign key."""


def create_flow_run(
    workspace: Workspace, body: FlowRunCreate, *, actor: Actor, pool: WorkPool | None = None
) -> tuple[FlowRun, RunState | None]:
    """Create a run and return it with its first state. `pool` is the work pool that the request names.

    If the flow has a run with this idempotency key, return that run unchanged, and None. Raises `UnknownReference` if
    the workspace has no such flow or parent task run, and `Invalid` if the parameters are too large.
    """
    check_size(body.parameters)
    row = _flow.first(body.flow_id, workspace.id)
    if row is None:
        raise UnknownReference(f"flow {body.flow_id} is not in the workspace")
    flow: Flow = load(Flow, row)
    if (existing := find_by_idempotency_key(flow, body.idempotency_key)) is not None:
        return existing, None
    try:
        with transaction.atomic():
            return _create(workspace, flow, body, pool, actor)
    except UnknownReference:
        raise
    except IntegrityError:
        # Another request with the same key was faster.
        if (existing := find_by_idempotency_key(flow, body.idempotency_key)) is not None:
            return existing, None
        raise


@transaction.atomic
def update_flow_run(workspace: Workspace, run_id: UUID, body: FlowRunUpdate, *, actor: Actor) -> bool:
    """Update the fields that the request has. Returns False if the workspace has no such run.

    Raises `JobVariablesFixed` if the run's state does not allow other job variables, and `Invalid` if the pool of its
    deployment refuses them, or the parameters are too large.
    """
    run = FlowRun.objects.select_for_update().filter(workspace=workspace, id=run_id).first()
    if run is None:
        return False
    fields = set(body.model_fields_set)
    if body.job_variables is None:
        fields.discard("job_variables")
    if "job_variables" in fields:
        _check_job_variables(run, body.job_variables)
    if "parameters" in fields:
        check_size(body.parameters)
    if not body.name:
        fields.discard("name")
    values: dict[str, Any] = body.model_dump(include=fields, mode="json")
    for field, value in values.items():
        setattr(run, field, value)
    run.updated = timezone.now()
    run.save(update_fields=[*values, "updated"])
    record_in(workspace, "flow-run.updated", actor=actor, object_id=run.id, object_name=run.name, fields=sorted(values))
    return True


@transaction.atomic
def add_labels(workspace: Workspace, run_id: UUID, labels: dict[str, Any], *, actor: Actor) -> bool:
    """Merge labels into those of the run. Returns False if the workspace has no such run.

    Raises `Invalid` if all labels together are too large.
    """
    run = FlowRun.objects.select_for_update().filter(workspace=workspace, id=run_id).first()
    if run is None:
        return False
    merged = {**run.labels, **labels}
    if (size := len(json_bytes(merged))) > LABEL_BYTES:
        raise Invalid(f"Labels must be less than {LABEL_BYTES:,} bytes when serialized (got {size:,} bytes).")
    run.labels, run.updated = merged, timezone.now()
    run.save(update_fields=["labels", "updated"])
    record_in(workspace, "flow-run.updated", actor=actor, object_id=run.id, object_name=run.name, fields=["labels"])
    return True


@transaction.atomic
def delete_flow_run(workspace: Workspace, run: FlowRun, *, actor: Actor) -> bool:
    """Delete a run with its task runs, states, inputs and logs. Returns False if it was deleted before."""
    if FlowRun.objects.select_for_update().filter(workspace=workspace, id=run.id).first() is None:
        return False
    record_in(workspace, "flow-run.deleted", actor=actor, object_id=run.id, object_name=run.name)
    release_slots(workspace, run.id)
    tasks = TaskRun.objects.filter(workspace=workspace, flow_run=run)
    Log.objects.filter(workspace=workspace, task_run_id__in=tasks.values("id")).delete()
    Log.objects.filter(workspace=workspace, flow_run_id=run.id).delete()
    run.delete()
    return True


def find_by_idempotency_key(flow: Flow, key: str | None) -> FlowRun | None:
    """Return the run of the flow with this idempotency key, or None."""
    return None if key is None else FlowRun.objects.filter(flow=flow, idempotency_key=key).first()


def find_parent(workspace: Workspace, task_run_id: UUID | None) -> TaskRun | None:
    """Return the task run that starts a subflow, or None. Raises `UnknownReference` if the workspace has none."""
    if task_run_id is None:
        return None
    parent = TaskRun.objects.filter(workspace=workspace, id=task_run_id).first()
    if parent is None:
        raise UnknownReference(f"task run {task_run_id} is not in the workspace")
    return parent


def insert_flow_run(run: FlowRun, body: StateCreate) -> RunState:
    """Store a new run together with its first state, which is returned. Call it in a transaction."""
    state = proposed_state(body, run.created)
    with pipelined():
        store_state(run, None, state)
    return state


def _create(
    workspace: Workspace, flow: Flow, body: FlowRunCreate, pool: WorkPool | None, actor: Actor
) -> tuple[FlowRun, RunState]:
    now = timezone.now()
    # Without a pool, the name of the queue is kept and has no effect, as in the reference.
    queue = choose_queue(workspace, pool, body.work_queue_name, actor=actor) if pool else None
    run = FlowRun(
        workspace=workspace,
        flow=flow,
        name=body.name or run_name(),
        tags=body.tags,
        labels={**flow.labels, "prefect.flow.id": str(flow.id), **(body.labels or {})},
        empirical_policy=body.empirical_policy.model_dump(mode="json"),
        flow_version=body.flow_version,
        deployment_id=body.deployment_id,
        parameters=body.parameters,
        context=body.context,
        idempotency_key=body.idempotency_key,
        job_variables=body.job_variables or {},
        infrastructure_document_id=body.infrastructure_document_id,
        work_queue=queue,
        work_queue_name=queue.name if queue else body.work_queue_name,
        parent_task_run=find_parent(workspace, body.parent_task_run_id),
        created_by=created_by(actor),
        created=now,
        updated=now,
    )
    return run, insert_flow_run(run, body.state or StateCreate(type="PENDING"))


def _check_job_variables(run: FlowRun, job_variables: dict[str, Any] | None) -> None:
    if run.state_type is None:
        raise JobVariablesFixed("Flow run state is required to update job variables but none exists")
    if run.state_type != "SCHEDULED":
        raise JobVariablesFixed(f"Job variables for a flow run in state {run.state_type} cannot be updated")
    deployment = deployment_of(run)
    if deployment is None:
        raise JobVariablesFixed("A deployment for the flow run could not be found")
    check_run_variables(deployment, job_variables)
