"""The deployments of runs, for people who may see them."""

from collections.abc import Collection, Iterable
from uuid import UUID

from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.deployments.access import visible_deployments
from workspaces.pages import WorkspaceRequest
from workspaces.runs.models import FlowRun

MOST_OFFERED = 200


def deployment_names(request: WorkspaceRequest, runs: Iterable[FlowRun]) -> dict[UUID, str]:
    """Return the names of the runs' deployments by their ids, without those that the caller may not see."""
    return _names(request, {run.deployment_id for run in runs if run.deployment_id})


def deployment_name(request: WorkspaceRequest, deployment_id: UUID) -> str:
    """Return the name of a deployment, or an empty text if the caller may not see it."""
    return _names(request, {deployment_id}).get(deployment_id, "")


def deployment_choices(request: WorkspaceRequest) -> list[tuple[UUID, str]]:
    """Return the first deployments by name that the caller may see: the id, and the names of flow and deployment."""
    if not request.access.allows(scopes.SEE_DEPLOYMENTS):
        return []
    found = visible_deployments(request.access, request.user, VIEW).order_by("name", "id")
    rows = found.values_list("id", "flow__name", "name")[:MOST_OFFERED]
    return [(deployment_id, f"{flow} › {name}") for deployment_id, flow, name in rows]


def _names(request: WorkspaceRequest, ids: Collection[UUID]) -> dict[UUID, str]:
    if not ids or not request.access.allows(scopes.SEE_DEPLOYMENTS):
        return {}
    found = visible_deployments(request.access, request.user, VIEW).filter(id__in=ids)
    return dict(found.values_list("id", "name"))
