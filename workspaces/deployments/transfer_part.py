"""The part of deployments in a transfer: their access lists, and their schedules, which go on."""

from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.transfer_parts.lists import access_list_part
from workspaces.transfer_parts.registry import Figure, Move, Part, count_some


def _figures(move: Move) -> list[Figure]:
    deployments = Deployment.objects.filter(workspace=move.workspace.id)
    schedules = DeploymentSchedule.objects.filter(workspace=move.workspace.id, active=True, deployment__paused=False)
    return [
        Figure("deployments", "Deployments, which move along", count_some(deployments)),
        Figure("schedules", "Active schedules, which go on", count_some(schedules)),
    ]


ACCESS_LISTS = access_list_part(Deployment, name="deployment_access_lists", noun="deployment")
SCHEDULES = Part("schedules", "Deployments and schedules", figures=_figures)
