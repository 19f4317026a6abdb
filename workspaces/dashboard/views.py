"""The dashboard of a workspace, and its home page."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from rbac import scopes
from rbac.catalogue import SCOPES
from workspaces.client_setup import commands
from workspaces.dashboard import queries
from workspaces.pages import ENTER, WorkspaceRequest, address, entry_url, workspace_page
from workspaces.runs.pages.bar_chart import stacked_bars
from workspaces.runs.pages.display_state import GROUPS
from workspaces.runs.pages.filters import slice_link
from workspaces.runs.pages.history import runs_by_slice, total
from workspaces.runs.pages.periods import PERIODS, window


@workspace_page(ENTER)
def home(request: WorkspaceRequest) -> HttpResponse:
    """Redirect to the first page that the user may open. If there is none, show which scopes they hold."""
    url = entry_url(request.access)
    if url != request.path:
        return redirect(url)
    context = {
        "scope_titles": [scope["title"] for scope in SCOPES if request.access.allows(scope["name"])],
        "commands": commands(request.workspace),
    }
    return render(request, "workspaces/dashboard/nothing.html", context)


@workspace_page(scopes.SEE_FLOWS)
def dashboard(request: WorkspaceRequest) -> HttpResponse:
    workspace = request.workspace
    now = timezone.now()
    recent, upcoming = queries.recent_runs(workspace, now), queries.upcoming_runs(workspace, now)
    if not recent and not upcoming:
        return HttpResponse(status=204) if request.headers.get("X-Poll") else _empty(request)
    period = PERIODS.get(request.GET.get("period", ""), PERIODS["24h"])
    shown = window(period, now)
    slices = runs_by_slice(queries.in_window(workspace.flowruns.all(), shown), shown)
    sums = total(slices)
    chosen = _group(request, sums)
    runs = address(workspace, "runs")

    def link(start: datetime, end: datetime) -> str:
        return runs + slice_link({}, start, min(end, shown.now))

    grouped = queries.newest_runs(workspace, shown, GROUPS[chosen])
    recent_rows, upcoming_rows, grouped_rows = queries.build_rows(workspace, recent, upcoming, grouped)
    context: dict[str, Any] = {
        "period": period,
        "periods": PERIODS.values(),
        "chart": stacked_bars(slices, shown, link),
        "groups": queries.tabs(sums, chosen),
        "chosen": chosen,
        "chosen_states": GROUPS[chosen],
        "flow_groups": queries.flow_groups(workspace, shown, GROUPS[chosen], grouped_rows),
        "recent": recent_rows,
        "upcoming": upcoming_rows,
        "outcomes": queries.task_outcomes(workspace, shown),
        "pools": queries.work_pools(request.access, request.user),
    }
    template = "_live" if request.headers.get("X-Poll") else "page"
    return render(request, f"workspaces/dashboard/{template}.html", context)


def _empty(request: WorkspaceRequest) -> HttpResponse:
    may_run = request.access.allows(scopes.RUN_FLOWS)
    return render(request, "workspaces/dashboard/empty.html", {"may_run": may_run})


def _group(request: WorkspaceRequest, sums: Any) -> str:
    """Return the group of states to show: the requested one or, without one, failed runs if there are any.

    If no run failed, return the group with the most runs.
    """
    requested = request.GET.get("show", "")
    if requested in GROUPS:
        return requested
    counts = {name: sum(sums[state] for state in states) for name, states in GROUPS.items()}
    first = next(iter(GROUPS))
    return first if counts[first] else max(counts, key=lambda name: counts[name])
