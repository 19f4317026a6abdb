"""The base of endpoints for one deployment."""

from workspaces.deployments import access
from workspaces.deployments.models import Deployment
from workspaces.rest import WorkspaceView
from workspaces.work_pools.models import WorkPool


class OneDeploymentView(WorkspaceView):
    def find(self, level: str, missing: str = access.NOT_FOUND) -> Deployment:
        """Return the deployment in the URL. Raises `NotFound`, and `Forbidden` if the caller lacks the level."""
        return access.find_deployment(self.access, self.user, self.kwargs["id"], level, missing=missing)


def named_pool(view: WorkspaceView, name: str | None) -> WorkPool | None:
    """Return the work pool that a request names, or None. Raises `NotFound`, and `Forbidden` without RUN."""
    return access.find_pool(view.access, view.user, name) if name else None
