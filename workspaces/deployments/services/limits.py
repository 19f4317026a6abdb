"""Link a deployment with a concurrency limit: its own, or one that it shares with others."""

from uuid import UUID

from auditlog.actors import Actor
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.concurrency.services.limits import create_limit, delete_limit, find_limit, update_limit
from workspaces.deployments.models import Deployment
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate


def set_limit(deployment: Deployment, body: DeploymentCreate | DeploymentUpdate, *, actor: Actor) -> None:
    """Set `deployment.concurrency_limit` as the request says, without saving the deployment.

    Raises `NotFound` if the request names a limit that the workspace does not have.
    """
    fields = body.model_fields_set
    if (shared_id := body.global_concurrency_limit_id) is not None:
        deployment.concurrency_limit = find_limit(
            deployment.workspace, id=shared_id, missing="Concurrency limit not found"
        )
    elif body.concurrency_limit is not None:
        deployment.concurrency_limit = _set_own(deployment, body.concurrency_limit, actor)
    elif fields & {"global_concurrency_limit_id", "concurrency_limit"}:
        deployment.concurrency_limit = None


def delete_unused_limit(deployment: Deployment, *, actor: Actor) -> None:
    """Delete the deployment's own limit, unless it is linked. A limit that is shared stays."""
    own = _own(deployment)
    if own is not None and own.id != deployment.concurrency_limit_id:
        delete_limit(own, actor=actor)


def own_name(deployment_id: UUID) -> str:
    """Return the name of the limit that belongs to a deployment alone."""
    return f"deployment:{deployment_id}"


def _set_own(deployment: Deployment, slots: int, actor: Actor) -> ConcurrencyLimit:
    own = _own(deployment)
    if own is None:
        return create_limit(deployment.workspace, {"name": own_name(deployment.id), "limit": slots}, actor=actor)
    if own.limit != slots:
        update_limit(own, {"limit": slots}, actor=actor)
    return own


def _own(deployment: Deployment) -> ConcurrencyLimit | None:
    limits = ConcurrencyLimit.objects.filter(workspace=deployment.workspace_id, name=own_name(deployment.id))
    return limits.first()
