"""Link a deployment with a concurrency limit: its own, or one that it shares with others."""

from django.utils import timezone

from core.errors import NotFound
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.deployments.models import Deployment
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate

NOT_FOUND = "Concurrency limit not found"


def own_name(deployment: Deployment) -> str:
    """Return the name of the limit that belongs to the deployment alone."""
    return f"deployment:{deployment.id}"


def set_limit(deployment: Deployment, body: DeploymentCreate | DeploymentUpdate) -> None:
    """Set `deployment.concurrency_limit` as the request says, without saving the deployment.

    Raises `NotFound` if the request names a limit that the workspace does not have.
    """
    fields = body.model_fields_set
    if "global_concurrency_limit_id" in fields:
        deployment.concurrency_limit = _find_shared(deployment, body)
    if "concurrency_limit" not in fields:
        return
    if body.concurrency_limit is not None:
        deployment.concurrency_limit = _set_own(deployment, body.concurrency_limit)
    elif not body.global_concurrency_limit_id:
        deployment.concurrency_limit = None


def delete_unused_limit(deployment: Deployment) -> None:
    """Delete the deployment's own limit, unless it is linked. A limit that is shared stays."""
    own = ConcurrencyLimit.objects.filter(workspace=deployment.workspace_id, name=own_name(deployment))
    if deployment.concurrency_limit_id is not None:
        own = own.exclude(id=deployment.concurrency_limit_id)
    own.delete()


def _find_shared(deployment: Deployment, body: DeploymentCreate | DeploymentUpdate) -> ConcurrencyLimit | None:
    if body.global_concurrency_limit_id is None:
        return None
    limits = ConcurrencyLimit.objects.filter(workspace=deployment.workspace_id, id=body.global_concurrency_limit_id)
    if (limit := limits.first()) is None:
        raise NotFound(NOT_FOUND)
    return limit


def _set_own(deployment: Deployment, slots: int) -> ConcurrencyLimit:
    now = timezone.now()
    limit, _ = ConcurrencyLimit.objects.update_or_create(
        workspace_id=deployment.workspace_id,
        name=own_name(deployment),
        defaults={"limit": slots, "updated": now},
        create_defaults={"limit": slots, "created": now, "updated": now},
    )
    return limit
