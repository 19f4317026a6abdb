"""The access list of a deployment."""

from rbac import scopes
from workspaces.access_list_views import AccessListView
from workspaces.deployments.access import find_deployment
from workspaces.deployments.models import Deployment


class DeploymentAccessView(AccessListView):
    noun = "deployment"
    required_scopes = {"GET": scopes.SEE_DEPLOYMENTS, "PUT": scopes.MANAGE_DEPLOYMENTS}

    def find(self, level: str) -> Deployment:
        return find_deployment(self.access, self.user, self.kwargs["id"], level)
