"""Create runs from deployments (docs/contract/deployments.md, "Runs of a deployment")."""

import time
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from auditlog.actors import Actor
from core.db.statements import Prepared, all_columns, load
from core.errors import BadRequest, Conflict, Invalid
from rbac.access_lists import RUN
from workspaces.access_lists import bypasses_lists
from workspaces.deployments import checks
from workspaces.deployments.access import find_deployment
from workspaces.deployments.models import Deployment
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.provenance import created_by
from workspaces.runs.models import FlowRun
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.schemas import DeploymentFlowRunCreate, StateCreate
from workspaces.runs.services.flow_runs import (
    find_by_idempotency_key,
    find_parent,
    insert_flow_run,
)
from workspaces.runs.services.job_variables import check_run_variables
from workspaces.scoping import Access
from workspaces.variables.hydration import HydrationError, hydrate
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.services.queues import get_or_create_queue

_MOST_SECONDS = 3  # of processor time for the runs of one request, since schemas can be costly
_PARTS = (("flow", Flow), ("work_queue", WorkQueue), ("work_queue__work_pool", WorkPool))
_by_id = Prepared(
    lambda deployment, workspace: Deployment.objects.filter(id=deployment, workspace=workspace).values_list(
        *all_columns(Deployment), *(f"{path}__{name}" for path, model in _PARTS for name in all_columns(model))
    )
)


class InvalidRunParameters(Conflict):
    """The parameters of a run do not match the schema of its deployment. `field` is the place, or empty."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(f"Error creating flow run: {reason}")
        self.reason, self.field = reason, field


class NoParameterSchema(Conflict):
    """The deployment enforces the schema of its parameters, and has none."""


class NoWorkPool(BadRequest):
    """A run should go to a queue, but its deployment has no work pool."""

    def __init__(self, queue_name: str, deployment: Deployment) -> None:
        self.reason = f"Cannot create flow run in work queue {queue_name} because deployment"
        super().__init__(
            f"{self.reason} {deployment.id} is not associated with a work pool. Please remove work_pool_name and try "
            "again."
        )


def find_runnable(access: Access, user: User, deployment_id: UUID) -> Deployment:
    """Return a deployment of which the user may create runs, with its flow, queue and pool, in one cheap query.

    Raises `NotFound` and `Forbidden` as `find_deployment` does.
    """
    row = _by_id.first(deployment_id, access.workspace.id)
    if row is None:
        return find_deployment(access, user, deployment_id, RUN)
    deployment = _load(row)
    deployment.workspace = access.workspace
    pool = deployment.work_queue.work_pool if deployment.work_queue else None
    if (deployment.restricted or (pool is not None and pool.restricted)) and not bypasses_lists(access):
        return find_deployment(access, user, deployment_id, RUN)
    return deployment


def create_deployment_run(
    deployment: Deployment, body: DeploymentFlowRunCreate, *, actor: Actor
) -> tuple[FlowRun, RunState | None]:
    """Create a run of the deployment and return it with its first state.

    If the request is valid and the flow has a run with its idempotency key, return that run unchanged, and None.

    Raises `Conflict` if the deployment is disabled, or the parameters do not match the deployment's schema;
    `BadRequest` for parameters that cannot be hydrated, and for a queue if the deployment has no pool; `Invalid` for
    job variables that the pool refuses, and for what is too large; and `UnknownReference` if the workspace has no such
    parent task run.
    """
    run = _new_run(deployment, body, actor)
    queue_name = body.work_queue_name if body.work_queue_name != run.work_queue_name else None
    if queue_name and deployment.work_queue is None:
        raise NoWorkPool(queue_name, deployment)
    existing = find_by_idempotency_key(deployment.flow, body.idempotency_key)
    if existing is not None:
        return existing, None
    try:
        with transaction.atomic():
            run.parent_task_run = find_parent(deployment.workspace, body.parent_task_run_id)
            if queue_name and deployment.work_queue is not None:
                _set_queue(run, deployment.workspace, deployment.work_queue.work_pool, queue_name, actor)
            return run, insert_flow_run(run, body.state or StateCreate(type="SCHEDULED"))
    except IntegrityError:
        # Another request with the same key was faster.
        existing = find_by_idempotency_key(deployment.flow, body.idempotency_key)
        if existing is None:
            raise
        return existing, None


@transaction.atomic
def create_deployment_runs(
    deployment: Deployment, bodies: list[DeploymentFlowRunCreate], *, actor: Actor
) -> list[FlowRun | str]:
    """Create several runs of the deployment. Return in order the run, or why it was not created."""
    results: list[FlowRun | str] = []
    began = time.thread_time()
    for body in bodies:
        if time.thread_time() - began > _MOST_SECONDS:
            results.append("Checking so many runs takes too long.")
            continue
        try:
            results.append(create_deployment_run(deployment, body, actor=actor)[0])
        except InvalidRunParameters as error:
            results.append(f"Parameter validation failed: {error.reason}")
        except NoParameterSchema:
            results.append("Parameter schema enforcement is enabled but deployment has no valid schema.")
        except NoWorkPool as error:
            results.append(f"{error.reason} is not associated with a work pool.")
        except Invalid as error:
            results.append(" ".join(error.messages))
        except IntegrityError as error:
            results.append(str(error))
    return results


def check_run(
    deployment: Deployment, parameters: dict[str, Any], run_variables: dict[str, Any] | None, *, enforced: bool
) -> None:
    """Check what a run of the deployment would get. Raises `Conflict` and `Invalid`."""
    if enforced:
        try:
            checks.check_parameters(parameters, deployment.parameter_openapi_schema, require=True)
        except checks.NoSchema as error:
            raise NoParameterSchema(" ".join(error.messages)) from None
        except checks.InvalidParameters as error:
            raise InvalidRunParameters(" ".join(error.messages), error.field) from None
    check_run_variables(deployment, run_variables)


def _new_run(deployment: Deployment, body: DeploymentFlowRunCreate, actor: Actor) -> FlowRun:
    """Return the run, not stored yet, with what it gets from the deployment. Raises `Conflict` and `Invalid`."""
    if deployment.disabled:
        raise Conflict("The deployment is disabled.")
    parameters = _hydrated({**deployment.parameters, **body.parameters}, deployment.workspace)
    checks.check_size(parameters)
    enforced = body.enforce_parameter_schema
    enforced = deployment.enforce_parameter_schema if enforced is None else enforced
    check_run(deployment, parameters, body.job_variables, enforced=enforced)
    now = timezone.now()
    return FlowRun(
        workspace=deployment.workspace,
        flow=deployment.flow,
        deployment=deployment,
        deployment_version=deployment.version,
        work_queue=deployment.work_queue,
        work_queue_name=deployment.work_queue_name,
        name=body.name or run_name(),
        tags=list(dict.fromkeys([*deployment.tags, *body.tags])),
        labels={
            **deployment.labels,
            "prefect.flow.id": str(deployment.flow_id),
            "prefect.deployment.id": str(deployment.id),
            **(body.labels or {}),
        },
        empirical_policy=body.empirical_policy.model_dump(mode="json"),
        parameters=parameters,
        context=body.context,
        idempotency_key=body.idempotency_key,
        job_variables=body.job_variables or {},
        infrastructure_document_id=body.infrastructure_document_id or deployment.infrastructure_document_id,
        created_by=created_by(actor),
        created=now,
        updated=now,
    )


def _hydrated(parameters: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    try:
        return hydrate(parameters, workspace)
    except HydrationError as error:
        raise BadRequest(f"Error hydrating flow run parameters: {error}") from None


def _set_queue(run: FlowRun, workspace: Workspace, pool: WorkPool, name: str, actor: Actor) -> None:
    """Let the run go to another queue of the deployment's pool, which is created if there is none."""
    pool.workspace = workspace
    queue = get_or_create_queue(pool, name, actor=actor)
    queue.work_pool = pool
    run.work_queue, run.work_queue_name = queue, queue.name


def _load(row: tuple[Any, ...]) -> Deployment:
    """Return the deployment in a row of `_by_id`, with its flow, queue and pool."""
    start = len(all_columns(Deployment))
    deployment: Deployment = load(Deployment, row[:start])
    parts: list[Any] = []
    for _, model in _PARTS:
        end = start + len(all_columns(model))
        parts.append(load(model, row[start:end]) if row[start] is not None else None)
        start = end
    flow, queue, pool = parts  # the flow is always there
    deployment.flow, deployment.work_queue = flow, queue
    if queue is not None:
        queue.work_pool = pool
    return deployment
