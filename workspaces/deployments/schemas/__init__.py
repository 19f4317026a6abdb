"""Shapes of requests and answers about deployments, their schedules and versions."""

from workspaces.deployments.schemas.branches import DeploymentBranch
from workspaces.deployments.schemas.deployments import (
    Deployment,
    DeploymentCreate,
    DeploymentPage,
    DeploymentsFilter,
    DeploymentsPaginate,
    DeploymentUpdate,
    VersionInfo,
)
from workspaces.deployments.schemas.schedules import (
    MOST_SCHEDULES,
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
)
from workspaces.deployments.schemas.versions import DeploymentVersion, Promote, VersionPage, VersionsPaginate

__all__ = [
    "MOST_SCHEDULES",
    "Deployment",
    "DeploymentBranch",
    "DeploymentCreate",
    "DeploymentPage",
    "DeploymentSchedule",
    "DeploymentScheduleCreate",
    "DeploymentScheduleUpdate",
    "DeploymentUpdate",
    "DeploymentVersion",
    "DeploymentsFilter",
    "DeploymentsPaginate",
    "Promote",
    "VersionInfo",
    "VersionPage",
    "VersionsPaginate",
]
