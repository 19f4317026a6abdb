"""A workspace at a glance."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from rbac import scopes
from rbac.catalogue import SCOPES
from workspaces.connect import commands
from workspaces.dashboard import queries
from workspaces.pages import ENTER, WorkspaceRequest, address, landing, workspace_page
from workspaces.runs.pages.filters import slice_link
from workspaces.runs.pages.history import runs_by_slice, total
from workspaces.runs.pages.looks import GROUPS
from workspaces.runs.pages.periods import PERIODS, window
from workspaces.runs.pages.stacks import stacked_bars

FIRST_FLOW = """\
from prefect import flow, task

@task
def greet(name):
    return f"Hello, {name}!"

@flow(log_prints=True)
def hello(names: list[str] = ["Ada", "Grace", "Linus"]):
    for greeting in greet.map(names).result():
        print(greeting)

if __name__ == "__main__":
    hello()
"""


@workspace_page(ENTER)
def entrance(request: WorkspaceRequest) -> HttpResponse:
    """The workspace's bare address leads to the first page that one may open; a role may open none."""
    place = landing(request.access)
    if place != request.path:
        return redirect(place)
    told = [scope["title"] for scope in SCOPES if request.access.allows(scope["name"])]
    return render(request, "workspaces/dashboard/nothing.html", {"told": told, "commands": commands(request.workspace)})


@workspace_page(scopes.SEE_FLOWS)
def dashboard(request: WorkspaceRequest) -> HttpResponse:
    workspace = request.workspace
    recent = list(queries.listed(workspace)[: queries.RECENT])
    if not recent:
        return HttpResponse(status=204) if request.headers.get("X-Poll") else _empty(request)
    period = PERIODS.get(request.GET.get("period", ""), PERIODS["24h"])
    shown = window(period, timezone.now())
    slices = runs_by_slice(workspace.flowruns.all(), shown)
    sums = total(slices)
    chosen = _group(request, sums)
    runs = address(workspace, "runs")

    def link(start: datetime, end: datetime) -> str:
        return runs + slice_link({}, start, end)

    grouped = queries.newest_runs(workspace, shown, GROUPS[chosen])
    recent_rows, grouped_rows = queries.rows_of(workspace, recent, grouped)
    context: dict[str, Any] = {
        "period": period,
        "periods": PERIODS.values(),
        "chart": stacked_bars(slices, shown, link),
        "groups": queries.tabs(sums, chosen),
        "chosen": chosen,
        "chosen_looks": GROUPS[chosen],
        "flow_groups": queries.flow_groups(workspace, shown, GROUPS[chosen], grouped_rows),
        "recent": recent_rows,
        "outcomes": queries.task_outcomes(workspace, shown),
    }
    template = "_live" if request.headers.get("X-Poll") else "page"
    return render(request, f"workspaces/dashboard/{template}.html", context)


def _empty(request: WorkspaceRequest) -> HttpResponse:
    context: dict[str, Any] = {"commands": commands(request.workspace), "script": FIRST_FLOW}
    context["may_run"] = request.access.allows(scopes.RUN_FLOWS)
    return render(request, "workspaces/dashboard/empty.html", context)


def _group(request: WorkspaceRequest, sums: Any) -> str:
    """The group asked for; else trouble if there is any, else the fullest one."""
    asked = request.GET.get("show", "")
    if asked in GROUPS:
        return asked
    counts = {name: sum(sums[look] for look in looks) for name, looks in GROUPS.items()}
    first = next(iter(GROUPS))
    return first if counts[first] else max(counts, key=lambda name: counts[name])
