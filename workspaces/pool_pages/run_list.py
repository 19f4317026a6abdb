"""The runs of a work pool or of a queue."""

from typing import Any

from django.db.models import QuerySet

from core.pages.query_strings import query_string
from workspaces.pages import WorkspaceRequest
from workspaces.pool_pages.rows import ACTIVE
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.filters import read_filter
from workspaces.runs.pages.list_orders import CREATED
from workspaces.runs.pages.rows import poll_interval
from workspaces.runs.pages.run_lists import flow_run_table, list_flow_runs

_GROUPS = {"All": (), "Active": ACTIVE, "Running": ("running",), "Pending": ("pending",), "Late": ("late",)}


def run_list(request: WorkspaceRequest, runs: QuerySet[FlowRun]) -> dict[str, Any]:
    """Return the context of the list: those of the runs that match the filter in the query string."""
    run_filter = read_filter(request.GET)
    listed = list_flow_runs(request.workspace, runs, run_filter, CREATED, request.GET)
    context = flow_run_table(request, listed, filtered=run_filter.active)
    return context | {
        "every": poll_interval(listed.page.rows, filtered=run_filter.active),
        "unknown": run_filter.unknown,
        "groups": [
            {
                "label": label,
                "href": query_string(request.GET, {"state": states, "after": None, "before": None}) or "?",
                "current": set(states) == set(run_filter.states),
            }
            for label, states in _GROUPS.items()
        ],
    }
