from django.db import models

from workspaces.deployments.models.deployments import Deployment
from workspaces.models import WorkspaceOwned


class DeploymentVersion(WorkspaceOwned):
    """What a deployment was after a client deployed it, so that it can be read and promoted later."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="versions", db_index=False)
    version_info = models.JSONField(null=True)  # as the client sent it: type, version, branch, url ...
    snapshot = models.JSONField()  # the fields of the deployment that a version has, by name
    created_by = models.JSONField(null=True)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["deployment", "-id"], name="version_newest")]

    def __str__(self) -> str:
        return str(self.id)
