"""Runs that access lists keep a caller from starting: those of deployments that the caller may not run."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from core.errors import Forbidden
from rbac import scopes
from rbac.access_lists import RUN
from workspaces.access_lists import bypasses_lists
from workspaces.deployments.access import find_deployment, visible_deployments
from workspaces.deployments.models import Deployment
from workspaces.runs.models import FlowRun
from workspaces.runs.services.flow_runs import UnknownReference
from workspaces.scoping import Access


def check_deployment(access: Access, user: User, deployment_id: UUID) -> None:
    """Check that the caller may create runs of a deployment.

    Raises `UnknownReference` if the workspace has no such deployment, `Forbidden` without the scope or the level for
    it, and `NotFound` if they may not view it.
    """
    if not Deployment.objects.filter(workspace=access.workspace, id=deployment_id).exists():
        raise UnknownReference(f"deployment {deployment_id} is not in the workspace")
    if not access.allows(scopes.RUN_DEPLOYMENTS):
        raise Forbidden(f"This needs the scope {scopes.RUN_DEPLOYMENTS} in the workspace.")
    find_deployment(access, user, deployment_id, RUN)


def check_may_start(access: Access, user: User, run_id: UUID) -> None:
    """Raise `Forbidden` if the run is of a deployment that access lists do not let the caller run."""
    rows = FlowRun.objects.filter(workspace=access.workspace, id=run_id)
    if not bypasses_lists(access) and rows.exists() and not startable_runs(rows, access, user).exists():
        raise Forbidden("The access list of the deployment does not let you run it.")


def startable_runs(runs: QuerySet[Any], access: Access, user: User) -> QuerySet[Any]:
    """Return those of the runs that are of no deployment, or of one that access lists let the caller run."""
    if bypasses_lists(access):
        return runs
    permitted = visible_deployments(access, user, RUN)
    closed = Deployment.objects.filter(workspace=access.workspace).exclude(id__in=permitted.values("id"))
    return runs.exclude(deployment__in=closed.values("id"))
