"""Flows with what their last runs came to, and one flow with its runs."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.rest.shapes import plain
from rbac import scopes
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.filters import read_filter, slice_link
from workspaces.runs.pages.history import runs_by_slice
from workspaces.runs.pages.keyset import page, total
from workspaces.runs.pages.lists import flow_run_list, polled_rows
from workspaces.runs.pages.looks import LOOKS
from workspaces.runs.pages.periods import PERIODS, window
from workspaces.runs.pages.rows import look, pace, took
from workspaces.runs.pages.stacks import stacked_bars

ACTIVITY = 20
ROWS = 25
TABS = {"runs": "Runs", "details": "Details"}


@dataclass(frozen=True, slots=True)
class Sort:
    key: str
    label: str
    column: str
    parse: Any
    descending: bool


SORTS = {
    sort.key: sort
    for sort in (
        Sort("latest", "Latest run", "latest", UUID, True),
        Sort("name", "Name", "name", plain, False),
        Sort("newest", "Newest flow", "id", UUID, True),
    )
}


@dataclass(frozen=True, slots=True)
class Tick:
    """One of a flow's last runs, as a bar: its height says how long it took among them."""

    run: FlowRun
    look: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class FlowRow:
    flow: Flow
    ticks: list[Tick]
    last: FlowRun | None
    last_look: str
    completed: int | None


@workspace_page(scopes.SEE_FLOWS)
def flows(request: WorkspaceRequest) -> HttpResponse:
    name = plain(request.GET.get("q", "")).strip()[:200]
    tag = plain(request.GET.get("tag", "")).strip()[:200]
    sort = SORTS.get(request.GET.get("sort", ""), SORTS["latest"])
    runs = FlowRun.objects.filter(flow=OuterRef("pk")).order_by("-id").values("id")
    # A flow that has not run stands where its own making puts it: both ids carry their time.
    rows = request.workspace.flows.annotate(
        latest=Coalesce(Subquery(runs[:1]), F("id")), oldest_shown=Subquery(runs[ACTIVITY - 1 : ACTIVITY])
    )
    if name:
        rows = rows.filter(name__icontains=name)
    if tag:
        rows = rows.filter(tags__has_all=[tag])
    shown = page(rows, request.GET, key=sort.column, parse=sort.parse, descending=sort.descending, size=ROWS)
    listed = _rows(request.workspace, shown.rows)
    context = {
        "page": shown,
        "rows": listed,
        "every": pace([row.last for row in listed if row.last], filtered=bool(name or tag)),
        "total": total(shown, rows),
        "filtered": bool(name or tag),
        "name": name,
        "tag": tag,
        "sort": sort,
        "sorts": SORTS.values(),
        "activity": ACTIVITY,
        "first_page": not request.GET.keys() & {"after", "before"},
    }
    template = "_rows" if request.headers.get("X-Poll") else "list"
    answer = render(request, f"workspaces/flows/{template}.html", context)
    answer["Poll-Every"] = str(context["every"])
    return answer


def _rows(workspace: Workspace, flows: list[Any]) -> list[FlowRow]:
    now = timezone.now()
    # Each flow's own bound keeps this to the runs that are shown, by index, whatever the length of history.
    bounds = [
        Q(flow=flow.id, id__gte=flow.oldest_shown) if flow.oldest_shown else Q(flow=flow.id) for flow in flows
    ] or [Q(pk__in=[])]
    columns = (
        "id",
        "name",
        "workspace_id",
        "flow_id",
        "state_type",
        "state_name",
        "start_time",
        "end_time",
        "expected_start_time",
    )
    runs: dict[UUID, list[FlowRun]] = {}
    for run in workspace.flowruns.filter(reduce(or_, bounds)).only(*columns).order_by("-id"):
        runs.setdefault(run.flow_id, []).append(run)
    return [_row(flow, runs.get(flow.id, []), now) for flow in flows]


def _row(flow: Flow, runs: list[FlowRun], now: Any) -> FlowRow:
    lengths = [length.total_seconds() if (length := took(run, now)) else 0 for run in runs]
    longest = max(lengths, default=0) or 1
    ticks = []
    for place, (run, seconds) in enumerate(zip(runs[::-1], lengths[::-1], strict=True)):
        height = round(6 + 18 * seconds / longest, 1)
        ticks.append(Tick(run, look(run), (ACTIVITY - len(runs) + place) * 8, 24 - height, height))
    ended = [run for run in runs if run.state_type in ("COMPLETED", "FAILED", "CRASHED")]
    completed = round(100 * sum(run.state_type == "COMPLETED" for run in ended) / len(ended)) if ended else None
    last = runs[0] if runs else None
    return FlowRow(flow, ticks, last, look(last) if last else "", completed)


@workspace_page(scopes.SEE_FLOWS)
def flow(request: WorkspaceRequest, flow_id: UUID) -> HttpResponse:
    found = request.workspace.flows.filter(id=flow_id).first()
    if found is None:
        raise Http404
    asked = request.GET.get("tab", "runs")
    context: dict[str, Any] = {"flow": found, "tab": asked if asked in TABS else "runs"}
    if context["tab"] == "runs":
        wanted = read_filter(request.GET)
        listed = request.workspace.flowruns.filter(flow=found)
        context |= flow_run_list(request, request.workspace, wanted, listed)
        context |= {"chosen": wanted.states, "looks": LOOKS[::-1], "of_flow": True}
        if not request.headers.get("X-Poll"):
            context["chart"] = _chart(request.workspace, found)
    if request.headers.get("X-Poll") and context["tab"] == "runs":
        return polled_rows(request, context)
    context["tabs"] = [
        {"label": label, "href": f"?tab={key}", "current": key == context["tab"]} for key, label in TABS.items()
    ]
    context["may_delete"] = request.access.allows(scopes.MANAGE_FLOWS)
    return render(request, "workspaces/flows/flow.html", context)


def _chart(workspace: Workspace, flow: Flow) -> Any:
    shown = window(PERIODS["7d"], timezone.now())
    runs = address(workspace, "runs")
    slices = runs_by_slice(workspace.flowruns.filter(flow=flow), shown)
    return stacked_bars(slices, shown, lambda start, end: runs + slice_link({"flow": flow.id}, start, end))
