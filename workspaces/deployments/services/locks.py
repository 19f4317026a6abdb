"""Lock a deployment."""

from core.errors import NotFound
from workspaces.deployments.models import Deployment

_RELATED = ("workspace__account", "flow", "work_queue__work_pool", "concurrency_limit", "current_version")


def lock_deployment(deployment: Deployment, missing: str = "Deployment not found.") -> Deployment:
    """Lock a deployment until the transaction ends, and return it as it is now, with its flow, queue and pool.

    Raises `NotFound` if it was deleted meanwhile.
    """
    rows = Deployment.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related(
        "flow", "work_queue__work_pool", "concurrency_limit", "current_version", "workspace__account"
    )
    locked = rows.filter(workspace=deployment.workspace_id, id=deployment.id).first()
    if locked is None:
        raise NotFound(missing)
    return locked
