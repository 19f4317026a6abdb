"""The filter of a list of flow runs or task runs, which is read from the query string and kept in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from core.db.ids import parse_uuid
from core.pages import times
from core.pages.keyset import FIRST_PAGE
from core.pages.query_strings import query_string, search_text, shortened, without_empty
from core.rest.shapes import MOST_TAGS, plain
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest
from workspaces.runs.pages.deployment_names import deployment_name
from workspaces.runs.pages.display_state import DISPLAY_STATES, in_display_states
from workspaces.runs.pages.periods import PERIODS, Period, until_now
from workspaces.runs.pages.pool_names import pool_name
from workspaces.runs.pages.same_error import runs_with_same_error
from workspaces.work_pools.models import WorkQueue

R = TypeVar("R", bound=Model)
HIDE = "hide"
_MOST_UNKNOWN, _LONGEST_UNKNOWN = 5, 60


@dataclass(frozen=True, slots=True)
class Chip:
    """An active condition, and the query string that removes it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class RunFilter:
    """The conditions of a filter. Invalid ones are ignored and listed in `unknown`.

    `same_error` is the id of a failed run: the list then shows the runs of its flow that failed with the same error.
    """

    states: tuple[str, ...] = ()
    period: Period | None = None
    since: datetime | None = None
    until: datetime | None = None
    flow: UUID | None = None
    deployment: UUID | None = None
    work_pool: UUID | None = None
    tags: tuple[str, ...] = ()
    name: str = ""
    top_level: bool = False
    same_error: UUID | None = None
    unknown: tuple[str, ...] = ()

    def for_task_runs(self) -> "RunFilter":
        """Return the filter without the conditions that only flow runs have."""
        return replace(self, deployment=None, work_pool=None, top_level=False, same_error=None)

    @property
    def active(self) -> bool:
        """Whether there is any condition."""
        return self != RunFilter(unknown=self.unknown)

    def apply(self, workspace: Workspace, runs: QuerySet[R], *, flow_path: str = "flow") -> QuerySet[R]:
        """Return the runs that match. `flow_path` is the lookup path from a run to its flow.

        Task runs need the filter of `for_task_runs`.
        """
        if self.states:
            runs = runs.filter(in_display_states(self.states))
        if self.period:
            now = timezone.now()
            runs = until_now(runs, now - self.period.span, now)
        if self.since:
            runs = runs.filter(expected_start_time__gte=self.since)
        if self.until:
            runs = runs.filter(expected_start_time__lt=self.until)
        if self.flow:
            runs = runs.filter(**{flow_path: self.flow})
        if self.deployment:
            runs = runs.filter(deployment=self.deployment)
        if self.work_pool:
            runs = runs.filter(work_queue__in=WorkQueue.objects.filter(workspace=workspace, work_pool=self.work_pool))
        if self.tags:
            runs = runs.filter(tags__has_all=list(self.tags))
        if self.name:
            # Flows are few and are searched once. A join would search the name of its flow for every run.
            flows = Flow.objects.filter(workspace=workspace, name__icontains=self.name).values("id")
            runs = runs.filter(Q(name__icontains=self.name) | Q(**{f"{flow_path}__in": flows}))
        if self.top_level:
            runs = runs.filter(parent_task_run=None)
        if self.same_error:
            failed = workspace.flowruns.filter(id=self.same_error).select_related("state").first()
            runs = runs.filter(id__in=runs_with_same_error(workspace, failed) if failed else [])
        return runs


def read_filter(params: QueryDict) -> RunFilter:
    """Return the filter in a query string."""
    states, unknown = read_states(params)
    readers: dict[str, Callable[[str], Any]] = {
        "period": lambda text: PERIODS.get(text.lower()),
        "from": times.exact_time,
        "to": times.exact_time,
        "flow": parse_uuid,
        "deployment": parse_uuid,
        "work-pool": parse_uuid,
        "children": lambda text: text.lower() == HIDE or None,
        "same-error": parse_uuid,
    }
    values: dict[str, Any] = {}
    for name, read in readers.items():
        text = params.get(name, "")
        values[name] = read(text) if text else None
        if text and values[name] is None:
            unknown.append(f"{name}={text}")
    return RunFilter(
        states=states,
        period=values["period"],
        since=values["from"],
        until=values["to"],
        flow=values["flow"],
        deployment=values["deployment"],
        work_pool=values["work-pool"],
        tags=_tags(params.getlist("tag")),
        name=search_text(params),
        top_level=bool(values["children"]),
        same_error=values["same-error"],
        unknown=tuple(shortened(text, _LONGEST_UNKNOWN) for text in unknown[:_MOST_UNKNOWN]),
    )


def with_exact_times(params: QueryDict) -> str | None:
    """Return the query string with times in UTC instead of those that a person typed, or None if there are none.

    `from-local` and `to-local` are fields of the form. They replace `from` and `to`. An empty field sets no bound.
    """
    params = without_empty(params)
    changes: dict[str, str | None] = {}
    for name in ("from", "to"):
        if typed := params.get(f"{name}-local"):
            changes[f"{name}-local"] = None
            if time := times.typed_time(typed):
                changes[name] = times.machine_time(time, "auto")
    return query_string(params, {**FIRST_PAGE, **changes}) if changes else None


def read_states(params: QueryDict) -> tuple[tuple[str, ...], list[str]]:
    """Return the states in a query string, ignoring case, and the values that are not states."""
    texts = [text for text in params.getlist("state") if text]
    chosen = {text.lower() for text in texts}
    unknown = [f"state={text}" for text in texts if text.lower() not in DISPLAY_STATES]
    return tuple(state for state in DISPLAY_STATES if state in chosen), unknown


def chips(run_filter: RunFilter, params: QueryDict, request: WorkspaceRequest) -> list[Chip]:
    """Return the active conditions of a filter, each with a link that removes it."""
    chips: list[Chip] = []
    states, tags = run_filter.states, run_filter.tags
    if run_filter.name:
        chips.append(Chip("Name", run_filter.name, _without(params, "q")))
    chips += [Chip("State", state.title(), _with(params, "state", _others(states, state))) for state in states]
    if run_filter.period:
        chips.append(Chip("Started in", run_filter.period.label, _without(params, "period")))
    if run_filter.since or run_filter.until:
        between = _time_range(run_filter.since, run_filter.until)
        chips.append(Chip("Between", between, _without(params, "from", "to")))
    if run_filter.flow:
        name = (
            Flow.objects.filter(workspace=request.workspace, id=run_filter.flow).values_list("name", flat=True).first()
        )
        chips.append(Chip("Flow", name or "unknown", _without(params, "flow")))
    if run_filter.deployment:
        name = deployment_name(request, run_filter.deployment)
        chips.append(Chip("Deployment", name or "unknown", _without(params, "deployment")))
    if run_filter.work_pool:
        chips.append(
            Chip("Work pool", pool_name(request, run_filter.work_pool) or "unknown", _without(params, "work-pool"))
        )
    chips += [Chip("Tag", tag, _with(params, "tag", _others(tags, tag))) for tag in tags]
    if run_filter.top_level:
        chips.append(Chip("Child runs", "hidden", _without(params, "children")))
    if run_filter.same_error:
        chips.append(Chip("Same error as", str(run_filter.same_error)[:8], _without(params, "same-error")))
    return chips


def _tags(texts: list[str]) -> tuple[str, ...]:
    # Limited because each becomes a condition, and a chip whose link contains all others.
    tags = (plain(tag).strip() for text in texts for tag in text.split(",", MOST_TAGS))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


def _without(params: QueryDict, *names: str) -> str:
    return query_string(params, {**FIRST_PAGE, **dict.fromkeys(names)})


def _with(params: QueryDict, name: str, values: list[str]) -> str:
    return query_string(params, {**FIRST_PAGE, name: values})


def _others(values: tuple[str, ...], removed: str) -> list[str]:
    return [value for value in values if value != removed]


def _time_range(since: datetime | None, until: datetime | None) -> str:
    if since and until:
        return times.time_range(since, until, "and")
    return f"{times.minute(since)} and now" if since else f"the beginning and {times.minute(until)}" if until else ""


def slice_link(params: dict[str, Any], since: datetime, until: datetime, states: tuple[str, ...] = ()) -> str:
    """Return the query string of a list of runs that shows one slice of a chart."""
    fixed = {name: str(value) for name, value in params.items()}
    between = {"from": times.machine_time(since, "auto"), "to": times.machine_time(until, "auto")}
    return query_string(QueryDict(), {**fixed, "state": states, **between})
