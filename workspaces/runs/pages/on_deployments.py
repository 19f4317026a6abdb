"""Runs on the pages of deployments and flows (see `workspaces.deployments.hooks`): columns, and tabs with runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from rbac import scopes
from workspaces.deployments.hooks import DeploymentColumns, DeploymentTab
from workspaces.deployments.models import Deployment
from workspaces.filters.flow_runs import STARTED
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.display_state import DISPLAY_STATES
from workspaces.runs.pages.filters import read_filter
from workspaces.runs.pages.list_orders import CREATED
from workspaces.runs.pages.rows import flow_run_rows, poll_interval, run_display_state
from workspaces.runs.pages.run_lists import flow_run_table, list_flow_runs, with_listed_columns

MOST_UPCOMING = 50
_SHOWN = (
    "id",
    "name",
    "workspace_id",
    "deployment_id",
    "state_type",
    "state_name",
    "start_time",
    "expected_start_time",
)


@dataclass(frozen=True, slots=True)
class DeploymentRuns:
    """The last run of a deployment that has begun or is over, and its next scheduled one."""

    last: FlowRun | None
    last_display_state: str
    next: FlowRun | None


def last_and_next_runs(workspace: Workspace, deployments: Sequence[Deployment]) -> Mapping[UUID, DeploymentRuns]:
    """Return the last and the next run of each deployment."""
    ids = [deployment.id for deployment in deployments]
    scheduled = FlowRun.objects.filter(workspace=workspace, deployment=OuterRef("pk"), state_type="SCHEDULED")
    upcoming = scheduled.filter(next_scheduled_start_time__gt=timezone.now()).order_by("next_scheduled_start_time")
    begun = FlowRun.objects.filter(workspace=workspace, deployment=OuterRef("pk")).exclude(state_type="SCHEDULED")
    found = Deployment.objects.filter(id__in=ids).annotate(
        last_run=Subquery(begun.order_by("-id").values("id")[:1]), next_run=Subquery(upcoming.values("id")[:1])
    )
    pairs = {row["id"]: (row["last_run"], row["next_run"]) for row in found.values("id", "last_run", "next_run")}
    wanted = {run for pair in pairs.values() for run in pair if run}
    runs = workspace.flowruns.only(*_SHOWN).in_bulk(wanted)
    return {each: _runs(runs.get(last), runs.get(following)) for each, (last, following) in pairs.items()}


def runs_of_deployment(request: WorkspaceRequest, deployment: Deployment) -> dict[str, Any]:
    """Return the context of the tab with the deployment's runs that have begun or are over."""
    run_filter = read_filter(request.GET)
    runs = request.workspace.flowruns.filter(deployment=deployment)
    if not run_filter.states:
        runs = runs.exclude(state_type="SCHEDULED", next_scheduled_start_time__gt=timezone.now())
    listed = list_flow_runs(request.workspace, runs, run_filter, CREATED, request.GET)
    return flow_run_table(request, listed, filtered=run_filter.active) | {
        "every": poll_interval(listed.page.rows, filtered=run_filter.active),
        "unknown": run_filter.unknown,
        "chosen": run_filter.states,
        "display_states": DISPLAY_STATES[::-1],
        "of_flow": True,
        "of_deployments": False,
    }


def upcoming_runs(request: WorkspaceRequest, deployment: Deployment) -> dict[str, Any]:
    """Return the context of the tab with the next runs of the deployment."""
    runs: QuerySet[Any] = request.workspace.flowruns.filter(deployment=deployment, state_type="SCHEDULED")
    runs = with_listed_columns(runs.annotate(started=STARTED)).order_by("next_scheduled_start_time", "id")
    return {"rows": flow_run_rows(request.workspace, list(runs[:MOST_UPCOMING])), "most": MOST_UPCOMING}


COLUMNS = DeploymentColumns(
    scope=scopes.SEE_FLOWS,
    head_template="workspaces/runs/on_deployments/_heads.html",
    cells_template="workspaces/runs/on_deployments/_cells.html",
    read=last_and_next_runs,
)
RUNS = DeploymentTab(
    scopes.SEE_FLOWS,
    "runs",
    "Runs",
    "workspaces/runs/on_deployments/runs.html",
    runs_of_deployment,
    "workspaces/runs/_rows.html",
)
UPCOMING = DeploymentTab(
    scopes.SEE_FLOWS, "upcoming", "Upcoming", "workspaces/runs/on_deployments/upcoming.html", upcoming_runs
)


def _runs(last: FlowRun | None, following: FlowRun | None) -> DeploymentRuns:
    return DeploymentRuns(last, run_display_state(last) if last else "", following)
