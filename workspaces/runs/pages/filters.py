"""The filter of a list of runs: read from the query string, kept in it, applied to either kind of run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.rest.shapes import plain
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.pages.looks import LOOKS, in_looks
from workspaces.runs.pages.periods import PERIODS, Period

R = TypeVar("R", bound=Model)


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in force, and the query string without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Conditions that make no sense are left out, as if they had not been asked."""

    states: tuple[str, ...] = ()
    period: Period | None = None
    since: datetime | None = None
    until: datetime | None = None
    flow: UUID | None = None
    tags: tuple[str, ...] = ()
    name: str = ""

    @property
    def active(self) -> bool:
        return self != RunFilter()

    def apply(self, workspace: Workspace, runs: QuerySet[R], *, flow_path: str = "flow") -> QuerySet[R]:
        """`flow_path` leads from the run to its flow."""
        if self.states:
            runs = runs.filter(in_looks(self.states))
        if self.period:
            runs = runs.filter(expected_start_time__gte=timezone.now() - self.period.span)
        if self.since:
            runs = runs.filter(expected_start_time__gte=self.since)
        if self.until:
            runs = runs.filter(expected_start_time__lt=self.until)
        if self.flow:
            runs = runs.filter(**{flow_path: self.flow})
        if self.tags:
            runs = runs.filter(tags__has_all=list(self.tags))
        if self.name:
            # The flows are few and looked up once; joined, their names would be read again for every run.
            flows = Flow.objects.filter(workspace=workspace, name__icontains=self.name).values("id")
            runs = runs.filter(Q(name__icontains=self.name) | Q(**{f"{flow_path}__in": flows}))
        return runs


def read_filter(params: QueryDict) -> RunFilter:
    return RunFilter(
        states=tuple(look for look in LOOKS if look in params.getlist("state")),
        period=PERIODS.get(params.get("period", "")),
        since=moment(params.get("from", "")),
        until=moment(params.get("to", "")),
        flow=_uuid(params.get("flow", "")),
        tags=_tags(params.getlist("tag")),
        name=words(params, "q"),
    )


def chips(found: RunFilter, params: QueryDict, *, flow_name: str | None) -> list[Chip]:
    shown: list[Chip] = []
    if found.name:
        shown.append(Chip("Name", found.name, _without(params, "q")))
    shown += [Chip("State", look.title(), _without(params, "state", look)) for look in found.states]
    if found.period:
        shown.append(Chip("Started in", found.period.label, _without(params, "period")))
    if found.since or found.until:
        shown.append(Chip("Between", _stretch(found.since, found.until), _without(params, "from", "", "to")))
    if found.flow:
        shown.append(Chip("Flow", flow_name or "unknown", _without(params, "flow")))
    shown += [Chip("Tag", tag, _with_tags(params, [one for one in found.tags if one != tag])) for tag in found.tags]
    return shown


def _tags(texts: list[str]) -> tuple[str, ...]:
    tags = (plain(tag).strip() for text in texts for tag in text.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _without(params: QueryDict, name: str, value: str = "", *more: str) -> str:
    kept = _first_page(params)
    values = [one for one in kept.getlist(name) if value and one != value]
    kept.setlist(name, values)
    for other in more:
        kept.pop(other, None)
    return f"?{kept.urlencode()}"


def _with_tags(params: QueryDict, tags: list[str]) -> str:
    kept = _first_page(params)
    kept.setlist("tag", tags)
    return f"?{kept.urlencode()}"


def _first_page(params: QueryDict) -> QueryDict:
    kept = params.copy()
    kept.pop("after", None)
    kept.pop("before", None)
    return kept


def _stretch(since: datetime | None, until: datetime | None) -> str:
    first = f"{since:%Y-%m-%d %H:%M}" if since else "the beginning"
    if until is None:
        return f"{first} and now"
    same_day = since is not None and until - since < timedelta(days=1) and since.date() == until.date()
    return f"{first} and {until:%H:%M} UTC" if same_day else f"{first} and {until:%Y-%m-%d %H:%M} UTC"


def words(params: QueryDict, name: str) -> str:
    """What is searched for."""
    return plain(params.get(name, "")).strip()[:200]


def moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
        # The first and last hours of the calendar have no UTC.
        return found.astimezone(UTC) if found and timezone.is_aware(found) else None
    except (ValueError, OverflowError):
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def slice_link(params: dict[str, Any], since: datetime, until: datetime, looks: tuple[str, ...] = ()) -> str:
    """The query string of a list that shows one slice of a chart."""
    link = QueryDict(mutable=True)
    for name, value in params.items():
        link[name] = str(value)
    link.setlist("state", list(looks))
    link["from"], link["to"] = since.strftime("%Y-%m-%dT%H:%M:%SZ"), until.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"?{link.urlencode()}"
