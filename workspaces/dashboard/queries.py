"""What the dashboard shows of a workspace."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.lists import HEAVY
from workspaces.runs.pages.looks import GROUPS, LOOKS, in_looks, look_of
from workspaces.runs.pages.periods import Window
from workspaces.runs.pages.rows import FlowRunRow, flow_run_rows

RECENT = 8
LOOKED_AT = 60
FLOWS = 6
RUNS_OF_EACH = 3


@dataclass(frozen=True, slots=True)
class FlowGroup:
    """The runs of one flow in the chosen group of states: how many, and the last few."""

    id: UUID
    name: str
    total: int
    rows: list[FlowRunRow]


@dataclass(frozen=True, slots=True)
class Outcome:
    look: str
    runs: int
    x: str
    width: str


def in_window(runs: QuerySet[Any], window: Window) -> QuerySet[Any]:
    return runs.filter(expected_start_time__gte=window.start, expected_start_time__lt=window.end)


def listed(workspace: Workspace) -> QuerySet[FlowRun]:
    return workspace.flowruns.select_related("flow").defer(*HEAVY).order_by("-id")


def newest_runs(workspace: Workspace, window: Window, looks: tuple[str, ...]) -> list[FlowRun]:
    return list(in_window(listed(workspace), window).filter(in_looks(looks))[:LOOKED_AT])


def flow_groups(
    workspace: Workspace, window: Window, looks: tuple[str, ...], rows: list[FlowRunRow]
) -> list[FlowGroup]:
    """`rows` are the newest runs of the group; the flow with the newest stands first."""
    flows: dict[UUID, list[FlowRunRow]] = {}
    for row in rows:
        flows.setdefault(row.run.flow_id, []).append(row)
    shown = list(flows.items())[:FLOWS]
    counted = in_window(workspace.flowruns.filter(flow__in=[id for id, _ in shown]), window).filter(in_looks(looks))
    totals = dict(counted.order_by().values("flow").annotate(n=Count("pk")).values_list("flow", "n"))
    return [FlowGroup(id, own[0].run.flow.name, totals.get(id, len(own)), own[:RUNS_OF_EACH]) for id, own in shown]


def tabs(sums: Counter[str], chosen: str) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "label": key,
            "count": f"{sum(sums[look] for look in looks):,}",
            "current": key == chosen,
        }
        for key, looks in GROUPS.items()
    ]


def task_outcomes(workspace: Workspace, window: Window) -> list[Outcome]:
    """Task runs by look, as parts of one bar."""
    counts: Counter[str] = Counter()
    counted = in_window(workspace.taskruns.all(), window).order_by().values("state_type", "state_name")
    for row in counted.annotate(runs=Count("pk")):
        counts[look_of(row["state_type"], row["state_name"])] += row["runs"]
    total, x, parts = counts.total(), 0.0, []
    for look in reversed(LOOKS):
        if counts[look]:
            width = 100 * counts[look] / total
            parts.append(Outcome(look, counts[look], f"{x:.3f}%", f"{width:.3f}%"))
            x += width
    return parts


def rows_of(
    workspace: Workspace, recent: list[FlowRun], grouped: list[FlowRun]
) -> tuple[list[FlowRunRow], list[FlowRunRow]]:
    """Both lists as rows, their task runs counted together."""
    rows = {row.run.id: row for row in flow_run_rows(workspace, [*recent, *grouped])}
    return [rows[run.id] for run in recent], [rows[run.id] for run in grouped]
