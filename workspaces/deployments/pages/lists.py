"""The page that lists deployments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.db.ids import parse_uuid
from core.pages.keyset import page, total
from core.pages.query_strings import query_string, search_text
from core.rest.shapes import plain
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.access_lists import visible_rows
from workspaces.deployments import hooks
from workspaces.deployments.access import visible_deployments
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.pages.schedule_words import schedule_words
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.work_pools.models import WorkPool

ROWS = 25
ALL = "all"
_MOST_OFFERED = 200  # flows and work pools in the filter
_WORDS_SHOWN = 2  # schedules of a deployment
_SHOWN = (
    "id", "workspace_id", "name", "tags", "status", "paused", "disabled", "updated",
    "flow__id", "flow__name", "work_queue__id", "work_queue__name", "work_queue__work_pool__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment in the list: its first active schedules in words, the number of others, and cells of the hooks."""

    deployment: Deployment
    schedules: list[str]
    more_schedules: int
    columns: list[tuple[str, Any]]


@workspace_page(scopes.SEE_DEPLOYMENTS)
@require_safe
def deployments(request: WorkspaceRequest) -> HttpResponse:
    workspace, params = request.workspace, request.GET
    name, tag, pool = search_text(params), search_text(params, "tag"), search_text(params, "pool")
    flow, paused = parse_uuid(params.get("flow", "")), params.get("paused", "")
    visible = visible_deployments(request.access, request.user, VIEW)
    found = _matching(visible, params)
    may_write, may_delete = (
        request.access.allows(scope) for scope in (scopes.WRITE_DEPLOYMENTS, scopes.MANAGE_DEPLOYMENTS)
    )
    columns = [each for each in hooks.columns if request.access.allows(each.scope)]
    listed = page(with_shown_columns(found), params, key="name", parse=plain, descending=False, unique=False, size=ROWS)
    context = {
        "page": listed,
        "rows": deployment_rows(request, listed.rows, columns),
        "heads": [each.head_template for each in columns],
        "total": total(listed, found),
        "name": name,
        "tag": tag,
        "pool": pool,
        "flow": flow,
        "paused": paused,
        "filtered": bool(name or tag or pool or flow or paused),
        "flows": workspace.flows.order_by("name").only("id", "name")[:_MOST_OFFERED],
        "pools": _pool_names(request),
        "may_run": request.access.allows(scopes.RUN_DEPLOYMENTS),
        "may_write": may_write,
        "may_delete": may_delete,
        "may_select": may_write or may_delete,
        "query": query_string(params, {"select": None})[1:],
        "all_selected": params.get("select") == ALL,
        "select_all": query_string(params, {"select": ALL}),
        "may_see_pools": request.access.allows(scopes.SEE_WORK_POOLS),
    }
    return render(request, "workspaces/deployments/list.html", context)


def _pool_names(request: WorkspaceRequest) -> list[str]:
    pools = visible_rows(WorkPool.objects.filter(workspace=request.workspace), request.access, request.user, VIEW)
    return list(pools.order_by("name").values_list("name", flat=True)[:_MOST_OFFERED])


def _matching(rows: QuerySet[Deployment], params: QueryDict) -> QuerySet[Deployment]:
    """Return the deployments that match the filter in the query string. Unknown values of `paused` are ignored."""
    if name := search_text(params):
        rows = rows.filter(Q(name__icontains=name) | Q(flow__name__icontains=name))
    if tag := search_text(params, "tag"):
        rows = rows.filter(tags__has_all=[tag])
    if pool := search_text(params, "pool"):
        rows = rows.filter(work_queue__work_pool__name=pool)
    if flow := parse_uuid(params.get("flow", "")):
        rows = rows.filter(flow=flow)
    if (paused := params.get("paused", "")) in ("yes", "no"):
        rows = rows.filter(paused=paused == "yes")
    return rows


def with_shown_columns(deployments: QuerySet[Deployment]) -> QuerySet[Deployment]:
    """Read only the columns that lists of deployments show."""
    return deployments.select_related("flow", "work_queue__work_pool").only(*_SHOWN)


def deployment_rows(
    request: WorkspaceRequest, deployments: Sequence[Deployment], columns: Sequence[hooks.DeploymentColumns]
) -> list[DeploymentRow]:
    """Return the rows of a table of deployments."""
    read = [(each.cells_template, each.read(request.workspace, deployments)) for each in columns]
    schedules: dict[UUID, list[DeploymentSchedule]] = {}
    active = DeploymentSchedule.objects.filter(deployment__in=[each.id for each in deployments], active=True)
    for schedule in active.only("deployment_id", "schedule").order_by("id"):
        schedules.setdefault(schedule.deployment_id, []).append(schedule)
    return [
        DeploymentRow(
            each,
            [schedule_words(row.schedule) for row in schedules.get(each.id, [])[:_WORDS_SHOWN]],
            max(len(schedules.get(each.id, [])) - _WORDS_SHOWN, 0),
            [(template, cells.get(each.id)) for template, cells in read],
        )
        for each in deployments
    ]
