"""The tab with deployments on a flow's page (see `workspaces.flows.hooks`)."""

from typing import Any

from core.pages.keyset import page
from core.rest.shapes import plain
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.deployments import hooks
from workspaces.deployments.access import visible_deployments
from workspaces.deployments.pages.lists import ROWS, deployment_rows, with_shown_columns
from workspaces.flows.hooks import FlowTab
from workspaces.flows.models import Flow
from workspaces.pages import WorkspaceRequest


def deployments_of_flow(request: WorkspaceRequest, flow: Flow) -> dict[str, Any]:
    """Return the context of the tab: those deployments of the flow that the caller may see."""
    if not request.access.allows(scopes.SEE_DEPLOYMENTS):
        return {"rows": [], "may_not": True}
    shown = with_shown_columns(visible_deployments(request.access, request.user, VIEW).filter(flow=flow))
    listed = page(shown, request.GET, key="name", parse=plain, descending=False, size=ROWS)
    columns = [each for each in hooks.columns if request.access.allows(each.scope)]
    return {
        "page": listed,
        "rows": deployment_rows(request, listed.rows, columns),
        "heads": [each.head_template for each in columns],
        "may_run": request.access.allows(scopes.RUN_DEPLOYMENTS),
        "may_see_pools": request.access.allows(scopes.SEE_WORK_POOLS),
    }


TAB = FlowTab("deployments", "Deployments", "workspaces/deployments/on_flow.html", deployments_of_flow)
