"""The filter of logs: as a queryset of one workspace, and held against one line in memory (orchestration.md 5)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from pydantic import Field

from workspaces.events.filters import matches_text, terms
from workspaces.filters import Ids, OrNull, Times, Verdict, both, decided, joined
from workspaces.models import Workspace
from workspaces.runs.models import Log
from workspaces.shapes import Combined, Part, Whole

LogSort = Literal["TIMESTAMP_ASC", "TIMESTAMP_DESC"]
LOG_ORDER: dict[str, tuple[str, ...]] = {
    "TIMESTAMP_ASC": ("timestamp", "id"),
    "TIMESTAMP_DESC": ("-timestamp", "-id"),
}


class Levels(Part):
    ge_: Whole | None = None
    le_: Whole | None = None

    def q(self) -> Q:
        bounds = {"level__gte": self.ge_, "level__lte": self.le_}
        return Q(**{key: value for key, value in bounds.items() if value is not None})

    def admits(self, level: int) -> Verdict:
        return both(
            None if self.ge_ is None else level >= self.ge_,
            None if self.le_ is None else level <= self.le_,
        )


class LogText(Part):
    query: str = Field(max_length=200)


class LogFilter(Combined):
    level: Levels | None = None
    timestamp: Times | None = None
    flow_run_id: Ids | None = None
    task_run_id: OrNull[UUID] | None = None
    text: LogText | None = None

    def q(self) -> Q:
        found = []
        if self.level:
            found.append(self.level.q())
        if self.timestamp:
            found.append(self.timestamp.q("timestamp"))
        if self.flow_run_id:
            found.append(self.flow_run_id.q("flow_run_id"))
        if self.task_run_id:
            found.append(self.task_run_id.q("task_run_id"))
        if self.text:
            found.append(_text_q(self.text.query))
        return joined(self.operator, found)

    def admits(self, line: dict[str, Any]) -> bool:
        """Whether `q` would find this line, whose ids and time are text."""
        found: list[Verdict] = []
        if self.level:
            found.append(self.level.admits(line["level"]))
        if self.timestamp:
            found.append(self.timestamp.admits(datetime.fromisoformat(line["timestamp"])))
        if self.flow_run_id:
            found.append(self.flow_run_id.admits(_id(line["flow_run_id"])))
        if self.task_run_id:
            found.append(self.task_run_id.admits(_id(line["task_run_id"])))
        if self.text and any(terms(self.text.query)):
            found.append(matches_text(self.text.query, line["message"]))
        return decided(self.operator, found) is not False


def logs_where(workspace: Workspace, chosen: LogFilter | None) -> QuerySet[Log]:
    logs = Log.objects.filter(workspace=workspace)
    return logs.filter(chosen.q()) if chosen else logs


def _text_q(query: str) -> Q:
    """The search grammar of `events.filters.matches_text`, for the database."""
    required, excluded, optional = terms(query)
    found = Q()
    for term in required:
        found &= Q(message__icontains=term)
    for term in excluded:
        found &= ~Q(message__icontains=term)
    if optional:
        found &= joined("or_", [Q(message__icontains=term) for term in optional])
    return found


def _id(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
