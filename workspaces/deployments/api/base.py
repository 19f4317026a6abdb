"""The base of endpoints for one deployment."""

from workspaces.deployments import access
from workspaces.deployments.models import Deployment
from workspaces.rest import WorkspaceView
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import AGENT_POOL


class OneDeploymentView(WorkspaceView):
    def find(self, level: str, missing: str = access.NOT_FOUND) -> Deployment:
        """Return the deployment in the URL. Raises `NotFound`, and `Forbidden` if the caller lacks the level."""
        return access.find_deployment(self.access, self.user, self.kwargs["id"], level, missing=missing)


def named_pool(view: WorkspaceView, name: str | None, queue_name: str | None) -> WorkPool | None:
    """Return the work pool that a request names, or None.

    Raises `NotFound`, and `Forbidden` without RUN, also if the request names a queue alone, which is one of the pool
    for agents.
    """
    if name:
        return access.find_pool(view.access, view.user, name)
    if queue_name and WorkPool.objects.filter(workspace=view.workspace, name=AGENT_POOL).exists():
        access.find_pool(view.access, view.user, AGENT_POOL)
    return None
