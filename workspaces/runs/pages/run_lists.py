"""Lists of flow runs and task runs: the rows of a page, upcoming runs, and the total."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from core.pages import times
from core.pages.keyset import Page, Total, count, page
from workspaces.filters.flow_runs import STARTED
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.deployment_names import deployment_names
from workspaces.runs.pages.filters import RunFilter
from workspaces.runs.pages.list_orders import RunOrder
from workspaces.runs.pages.rows import QUICK, flow_run_rows, is_live, task_run_rows

UPCOMING = 5
_FLOW_RUN_COLUMNS = (
    "id", "workspace_id", "name", "tags", "state_type", "state_name", "state_timestamp", "start_time", "end_time",
    "expected_start_time", "updated", "deployment_id", "work_queue_id",
    "flow__id", "flow__name",
)  # fmt: skip
_TASK_RUN_COLUMNS = (
    "id", "workspace_id", "name", "tags", "state_type", "state_name", "state_timestamp", "start_time", "end_time",
    "expected_start_time", "run_count", "updated",
    "flow_run__id", "flow_run__name", "flow_run__flow__id", "flow_run__flow__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunList:
    """The runs of one page of a list. `matching` are all runs that match the filter."""

    page: Page[Any]
    matching: QuerySet[Any]
    upcoming: list[FlowRun]
    more_upcoming: bool

    @property
    def version(self) -> str:
        """Return a string that changes when a listed run changes. Polling pages compare it.

        It also changes every minute, since the list says how long ago runs began. It is empty while a listed run is
        active, since its task runs may change without the run.
        """
        runs = [*self.upcoming, *self.page.rows]
        if any(is_live(run) for run in runs):
            return ""
        parts = [f"{run.id}{run.updated.isoformat()}" for run in runs]
        return sha256("".join([times.minute(timezone.now()), *parts]).encode()).hexdigest()[:16]

    def total(self) -> Total:
        """Return the number of matching runs. A page that has all of them needs no query."""
        if self.page.whole and not self.more_upcoming:
            return Total(len(self.page.rows) + len(self.upcoming), False)
        return count(self.matching)


def with_listed_columns(runs: QuerySet[Any]) -> QuerySet[Any]:
    """Read only the columns that lists of flow runs show, and the flows' names."""
    return runs.select_related("flow").only(*_FLOW_RUN_COLUMNS)


def list_flow_runs(
    workspace: Workspace, runs: QuerySet[FlowRun], run_filter: RunFilter, order: RunOrder, params: QueryDict
) -> RunList:
    """Return a page of those of the flow runs that match the filter."""
    matching: QuerySet[Any] = run_filter.apply(workspace, runs.annotate(started=STARTED))
    shown = with_listed_columns(matching)
    if not order.upcoming:
        return RunList(_page(shown, order, params), matching, [], False)
    now = timezone.now()
    listed = _page(shown.filter(started__lte=now), order, params)
    upcoming: list[FlowRun] = []
    if listed.previous is None:
        upcoming = list(shown.filter(started__gt=now).order_by("started", "id")[: UPCOMING + 1])
    return RunList(listed, matching, upcoming[:UPCOMING], len(upcoming) > UPCOMING)


def list_task_runs(workspace: Workspace, run_filter: RunFilter, order: RunOrder, params: QueryDict) -> RunList:
    """Return a page of those of the workspace's task runs that match the filter."""
    task_runs = workspace.taskruns.select_related("flow_run__flow").only(*_TASK_RUN_COLUMNS)
    matching = run_filter.apply(workspace, task_runs, flow_path="flow_run__flow")
    return RunList(_page(matching, order, params), matching, [], False)


def flow_run_table(request: WorkspaceRequest, listed: RunList, *, filtered: bool) -> dict[str, Any]:
    """Return the context of a table of flow runs."""
    runs = [*listed.upcoming, *listed.page.rows]
    names = deployment_names(request, runs)
    rows = flow_run_rows(request.workspace, runs, names)
    above = len(listed.upcoming)
    table = {"upcoming": rows[:above], "rows": rows[above:], "of_deployments": bool(names)}
    return table | _table(listed, filtered)


def task_run_table(request: WorkspaceRequest, listed: RunList, *, filtered: bool) -> dict[str, Any]:
    """Return the context of a table of task runs."""
    return {"rows": task_run_rows(request.workspace, listed.page.rows), **_table(listed, filtered)}


def _table(listed: RunList, filtered: bool) -> dict[str, Any]:
    return {
        "page": listed.page,
        "more_upcoming": listed.more_upcoming,
        "total": listed.total(),
        "every": QUICK,
        "filtered": filtered,
    }


def _page(rows: QuerySet[Any], order: RunOrder, params: QueryDict) -> Page[Any]:
    unique = order.column == "id"
    return page(rows, params, key=order.column, parse=order.parse, descending=order.descending, unique=unique)
