"""Create, update and delete deployments."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.errors import BadRequest, Conflict, Invalid
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.deployments import checks
from workspaces.deployments.events import changed_values, store_deployment_event, tracked_values
from workspaces.deployments.models import Deployment
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate
from workspaces.deployments.services.limits import delete_unused_limit, own_name, set_limit
from workspaces.deployments.services.locks import lock_deployment
from workspaces.deployments.services.schedule_changes import apply_changes, plan_changes
from workspaces.deployments.services.scheduled_runs import remove_scheduled_runs
from workspaces.deployments.services.schedules import insert_schedules
from workspaces.deployments.services.versions import add_version
from workspaces.deployments.services.work_queues import choose_queue, set_queue
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.provenance import created_by
from workspaces.variables.hydration import HydrationError, hydrate
from workspaces.work_pools.job_templates import InvalidJobVariables, check_job_variables
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import AGENT_POOL

# Columns that have the value of the request's field of the same name.
_PLAIN = (
    "version",
    "description",
    "paused",
    "concurrency_options",
    "parameters",
    "parameter_openapi_schema",
    "enforce_parameter_schema",
    "tags",
    "pull_steps",
    "storage_document_id",
    "infrastructure_document_id",
    "path",
    "entrypoint",
)


@transaction.atomic
def create_or_update_deployment(
    workspace: Workspace,
    body: DeploymentCreate,
    *,
    pool: WorkPool | None,
    existing: Deployment | None,
    actor: Actor,
) -> tuple[Deployment, bool]:
    """Create a deployment, or write the fields of the request into `existing`. Return it and whether it is new.

    `pool` is the one that the request names. See docs/contract/deployments.md, "Create".

    Raises `IntegrityError` if the workspace has no such flow, or the flow has another deployment with this name;
    `NotFound` without the named limit, or if `existing` was deleted; `Conflict` if a block does not exist; and
    `Invalid` for job variables that the pool refuses, and above a cap.
    """
    flow = Flow.objects.filter(workspace=workspace, id=body.flow_id).first()
    if flow is None:
        raise IntegrityError(f"flow {body.flow_id} is not in the workspace")
    if pool is not None and pool.name != AGENT_POOL:
        try:
            check_job_variables(pool, body.job_variables, require=False)
        except InvalidJobVariables as error:
            raise Invalid(f"Error creating deployment: {' '.join(error.messages)}") from None
    checks.check_size(body.parameters)
    checks.check_blocks(body.storage_document_id, body.infrastructure_document_id)
    queue = choose_queue(workspace, pool, body.work_queue_name, actor=actor)
    now = timezone.now()
    if existing is None:
        check_workspace_cap(workspace, "deployments", Deployment.objects.filter(workspace=workspace))
        deployment = Deployment(
            workspace=workspace, flow=flow, name=body.name, created=now, created_by=created_by(actor)
        )
        before: dict[str, Any] = {}
    else:
        deployment = lock_deployment(existing)
        before = tracked_values(deployment)
    # As in the reference, a request without parameters empties them.
    _write_fields(deployment, body, {*body.model_fields_set, "parameters"})
    deployment.labels = {**flow.labels, "prefect.flow.id": str(flow.id), **(body.labels or {})}
    if queue is not None:
        set_queue(deployment, queue)
    _save(deployment, body, actor, is_new=existing is None)
    remove_scheduled_runs(deployment)
    deployment.schedules.all().delete()
    insert_schedules(deployment, body.schedules)
    _finish(deployment, body, before, actor=actor)
    return deployment, existing is None


@transaction.atomic
def update_deployment(deployment: Deployment, body: DeploymentUpdate, *, pool: WorkPool | None, actor: Actor) -> None:
    """Write the fields of the request. `pool` is the one that it names. See docs/contract/deployments.md, "Update".

    Raises `NotFound` if the deployment was deleted, or the named limit does not exist; `BadRequest` for parameters
    that cannot be hydrated; `Conflict` for job variables that the pool refuses and parameters that do not match their
    schema; and `Invalid` for schedules that do not fit, a schema that cannot be used, and above a cap.
    """
    fields = set(body.model_fields_set)
    # Before the deployment is locked, as this may lock the workspace.
    queue = choose_queue(deployment.workspace, pool, body.work_queue_name, actor=actor)
    deployment = lock_deployment(deployment)
    before = tracked_values(deployment)
    given = body.schedules if "schedules" in fields else None
    schedule_changes = plan_changes(list(deployment.schedules.all()), given)
    if pool is not None and body.job_variables:
        checks.check_changed_variables(body.job_variables, pool.base_job_template.get("variables"))
    if body.parameters is not None:
        body.parameters = _hydrated(body.parameters, deployment.workspace)
    _check_parameters(deployment, body)
    if body.enforce_parameter_schema is None:
        fields.discard("enforce_parameter_schema")
    if body.parameters is None:
        fields.discard("parameters")
    _write_fields(deployment, body, fields)
    if body.labels is not None:
        deployment.labels = {**deployment.labels, **body.labels}
    if "work_pool_name" in fields and pool is None:
        set_queue(deployment, None)
    elif queue is not None:
        set_queue(deployment, queue)
    _save(deployment, body, actor, is_new=False)
    remove_scheduled_runs(deployment)
    apply_changes(deployment, schedule_changes)
    _finish(deployment, body, before, actor=actor)


@transaction.atomic
def delete_deployment(deployment: Deployment, *, actor: Actor) -> None:
    """Delete a deployment with its schedules, versions, own limit and runs that never ran. Other runs stay.

    Raises `NotFound` if it was deleted meanwhile.
    """
    deployment = lock_deployment(deployment, missing="Deployment not found")
    remove_scheduled_runs(deployment, auto_scheduled_only=False, future_only=False)
    record_in(
        deployment.workspace, "deployment.deleted", actor=actor, object_id=deployment.id, object_name=deployment.name
    )
    store_deployment_event(deployment, "deleted")
    deployment.concurrency_limit = None
    delete_unused_limit(deployment, actor=actor)
    deployment.delete()


def delete_limits_of_flow(workspace: Workspace, flow: Flow) -> None:
    """Delete the own limits of a flow's deployments, which are about to be deleted with the flow."""
    names = [own_name(deployment_id) for deployment_id in flow.deployments.values_list("id", flat=True)]
    ConcurrencyLimit.objects.filter(workspace=workspace, name__in=names).delete()


@transaction.atomic
def set_paused(deployment: Deployment, paused: bool, *, actor: Actor) -> None:
    """Pause a deployment and remove the runs of its schedules, or resume it. Raises `NotFound` if it was deleted."""
    _set_flag(deployment, "paused", paused, action="paused" if paused else "resumed", actor=actor)


@transaction.atomic
def set_disabled(deployment: Deployment, disabled: bool, *, actor: Actor) -> None:
    """Disable a deployment, so that no run can be created, or enable it. Raises `NotFound` if it was deleted."""
    _set_flag(deployment, "disabled", disabled, action="disabled" if disabled else "enabled", actor=actor)


def _set_flag(deployment: Deployment, flag: str, value: bool, *, action: str, actor: Actor) -> None:
    """Set a flag that keeps schedules from creating runs."""
    deployment = lock_deployment(deployment, missing="Deployment not found")
    before = tracked_values(deployment)
    setattr(deployment, flag, value)
    deployment.updated, deployment.updated_by = timezone.now(), created_by(actor)
    deployment.save(update_fields=[flag, "updated", "updated_by"])
    if value:
        remove_scheduled_runs(deployment, future_only=False)
    record_in(
        deployment.workspace,
        f"deployment.{action}",
        actor=actor,
        object_id=deployment.id,
        object_name=deployment.name,
    )
    if changes := changed_values(before, deployment):
        store_deployment_event(deployment, "updated", changes=changes)


def _hydrated(parameters: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    try:
        return hydrate(parameters, workspace)
    except HydrationError as error:
        raise BadRequest(f"Error hydrating deployment parameters: {error}") from None


def _check_parameters(deployment: Deployment, body: DeploymentUpdate) -> None:
    """Check the parameters against the schema, of which either may be new, if the deployment enforces it."""
    if body.parameters is not None:
        checks.check_size(body.parameters)
    enforced = body.enforce_parameter_schema
    if not (deployment.enforce_parameter_schema if enforced is None else enforced):
        return
    parameters = deployment.parameters if body.parameters is None else body.parameters
    schema = body.parameter_openapi_schema or deployment.parameter_openapi_schema
    try:
        checks.check_parameters(parameters, schema, require=False)
    except checks.NoSchema as error:
        raise Conflict(" ".join(error.messages)) from None
    except checks.InvalidParameters as error:
        raise Conflict(f"Error updating deployment: {' '.join(error.messages)}") from None


def _write_fields(deployment: Deployment, body: DeploymentCreate | DeploymentUpdate, fields: set[str]) -> None:
    """Write the plain fields, without saving. Empty job variables leave the old ones, as in the reference."""
    values: dict[str, Any] = body.model_dump(mode="json", include=fields & {*_PLAIN, "job_variables"})
    if not values.get("job_variables"):
        values.pop("job_variables", None)
    for name, value in values.items():
        setattr(deployment, name, value)


def _save(deployment: Deployment, body: DeploymentCreate | DeploymentUpdate, actor: Actor, *, is_new: bool) -> None:
    deployment.updated = timezone.now()
    if not is_new:
        deployment.updated_by = created_by(actor)
    set_limit(deployment, body, actor=actor)
    deployment.save(force_insert=is_new)
    delete_unused_limit(deployment, actor=actor)


def _finish(
    deployment: Deployment, body: DeploymentCreate | DeploymentUpdate, before: dict[str, Any], *, actor: Actor
) -> None:
    """Store the version, the audit entry and the event of a change. `before` is empty for a new deployment."""
    if body.version_info is not None:
        add_version(deployment, body.version_info.model_dump(mode="json"), actor=actor)
    changes = changed_values(before, deployment)
    record_in(
        deployment.workspace,
        "deployment.updated" if before else "deployment.created",
        actor=actor,
        object_id=deployment.id,
        object_name=deployment.name,
        **({"fields": sorted(body.model_fields_set)} if before else {"flow": str(deployment.flow_id)}),
    )
    if not before:
        store_deployment_event(deployment, "created")
    elif changes:
        store_deployment_event(deployment, "updated", changes=changes)
