"""Deployments, their versions and their schedules (docs/contract/deployments.md, "Fields")."""

from workspaces.deployments.models.deployments import (
    Deployment,
    DeploymentGroupPermission,
    DeploymentUserPermission,
)
from workspaces.deployments.models.schedules import DeploymentSchedule
from workspaces.deployments.models.versions import DeploymentVersion

__all__ = [
    "Deployment",
    "DeploymentGroupPermission",
    "DeploymentSchedule",
    "DeploymentUserPermission",
    "DeploymentVersion",
]
