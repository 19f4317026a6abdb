"""The page of a deployment: a head with its status and actions, and tabs, each with a URL of its own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from rbac import scopes
from rbac.access_lists import MANAGE, RUN, VIEW
from workspaces.access_list_forms import access_form
from workspaces.deployments import hooks
from workspaces.deployments.access import find_deployment, visible_deployments
from workspaces.deployments.hooks import DeploymentTab
from workspaces.deployments.models import Deployment
from workspaces.deployments.pages.schedule_rows import schedule_rows
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.variables.forms import pretty_json

_TEMPLATES = "workspaces/deployments/tabs"


@workspace_page(scopes.SEE_DEPLOYMENTS)
@require_safe
def deployment(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    """Show the page, or a part of its tab when the page polls."""
    row = find_deployment(request.access, request.user, deployment_id, VIEW)
    return show_deployment(request, row, request.GET.get("tab", ""))


def show_deployment(
    request: WorkspaceRequest, row: Deployment, wanted: str, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """Return the page with the tab `wanted`, or the first one if there is no such tab. `extra` goes to the tab."""
    levels = levels_on(request, row)
    tabs = {each.key: each for each in _tabs(request, levels)}
    tab = tabs.get(wanted) or next(iter(tabs.values()))
    context = {"deployment": row, "tab": tab.key, "tab_template": tab.template, **levels}
    context |= tab.context(request, row) | extra
    if tab.polled_template and request.headers.get("X-Poll"):
        response = render(request, tab.polled_template, context)
        response["Poll-Every"] = str(context["every"])
        return response
    page = address(request.workspace, "deployment", row.id)
    context["tabs"] = [
        {"label": each.label, "href": f"{page}?tab={each.key}", "current": each is tab} for each in tabs.values()
    ]
    return render(request, "workspaces/deployments/deployment.html", context, status=status)


def levels_on(request: WorkspaceRequest, row: Deployment) -> dict[str, bool]:
    """Return what the caller may do with the deployment, by their role and its access list."""
    wanted = {
        "may_run": (scopes.RUN_DEPLOYMENTS, RUN),
        "may_write": (scopes.WRITE_DEPLOYMENTS, MANAGE),
        "may_manage": (scopes.MANAGE_DEPLOYMENTS, MANAGE),
    }
    granted = {
        level: visible_deployments(request.access, request.user, level).filter(id=row.id).exists()
        for level in (RUN, MANAGE)
    }
    return {name: request.access.allows(scope) and granted[level] for name, (scope, level) in wanted.items()}


def _tabs(request: WorkspaceRequest, levels: dict[str, bool]) -> list[DeploymentTab]:
    own = [
        _tab("details", "Details", _details),
        _tab("schedules", "Schedules", _schedules),
        _tab("versions", "Versions", _versions),
    ]
    if levels["may_manage"]:
        own.append(_tab("access", "Access", access_context))
    return [*(each for each in hooks.tabs if request.access.allows(each.scope)), *own]


def _tab(key: str, label: str, context: Callable[[WorkspaceRequest, Deployment], dict[str, Any]]) -> DeploymentTab:
    return DeploymentTab(scopes.SEE_DEPLOYMENTS, key, label, f"{_TEMPLATES}/{key}.html", context)


def _details(request: WorkspaceRequest, row: Deployment) -> dict[str, Any]:
    return {
        "parameters": pretty_json(row.parameters),
        "job_variables": pretty_json(row.job_variables) if row.job_variables else "",
        "pull_steps": pretty_json(row.pull_steps) if row.pull_steps else "",
        "schema": pretty_json(row.parameter_openapi_schema or {}),
        "limit": row.concurrency_limit,
        "labels": [(name, value) for name, value in row.labels.items() if name != "prefect.flow.id"],
        "may_see_pools": request.access.allows(scopes.SEE_WORK_POOLS),
        "strategy": (row.concurrency_options or {}).get("collision_strategy", "ENQUEUE"),
        "last_polled": max(
            filter(None, [row.last_polled, row.work_queue.last_polled if row.work_queue else None]), default=None
        ),
    }


def _schedules(request: WorkspaceRequest, row: Deployment) -> dict[str, Any]:
    return {"schedules": schedule_rows(row, timezone.now())}


def _versions(request: WorkspaceRequest, row: Deployment) -> dict[str, Any]:
    return {"versions": list(row.versions.order_by("-id").only("id", "version_info", "created", "created_by"))}


def access_context(request: WorkspaceRequest, row: Deployment) -> dict[str, Any]:
    """Return the context of the tab with the access list. If the work pool has a list, that list counts."""
    pool = row.work_queue.work_pool if row.work_queue else None
    if pool is not None and pool.restricted:
        return {"governing_pool": pool}
    return access_form(row, request.workspace) | {
        "action": address(request.workspace, "deployment-access", row.id),
        "what": "deployment",
        "restricted": row.restricted,
    }
