"""The lines of a run, the newest of them first asked for, and what came after a line already shown."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.runs.models import Log
from workspaces.runs.pages.filters import moment, words

LINES = 500
LEVELS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}
# Batches that arrive together are committed a little apart; a line is followed only when older ones must be in.
SETTLED = timedelta(seconds=1)
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True, slots=True)
class LogFilter:
    level: int = 0
    text: str = ""

    def apply(self, logs: QuerySet[Log]) -> QuerySet[Log]:
        if self.level:
            logs = logs.filter(level__gte=self.level)
        if self.text:
            logs = logs.filter(message__icontains=self.text)
        return logs


@dataclass(frozen=True, slots=True)
class Line:
    id: UUID
    timestamp: datetime
    level: str
    name: str
    message: str
    task: UUID | None
    task_name: str | None
    new_day: date | None


def read_log_filter(params: QueryDict) -> LogFilter:
    level = params.get("level", "")
    return LogFilter(
        int(level) if level.isascii() and level.isdigit() and int(level) in LEVELS else 0,
        words(params, "find"),
    )


def newest(logs: QuerySet[Log], params: QueryDict) -> tuple[list[Log], str | None]:
    """The last lines, or the last before the one that `earlier` names; oldest first; and where to go on from."""
    behind = _place(params.get("earlier", ""))
    if behind:
        timestamp, id = behind
        logs = logs.filter(Q(timestamp__lt=timestamp) | Q(timestamp=timestamp, id__lt=id))
    found = list(logs.order_by("-timestamp", "-id")[: LINES + 1])
    lines = found[:LINES][::-1]
    return lines, f"{lines[0].timestamp.isoformat()}~{lines[0].id}" if len(found) > LINES else None


def after(logs: QuerySet[Log], cursor: str) -> list[Log]:
    """The lines stored since the one with the id `cursor`, whenever they were written."""
    now = timezone.now()
    logs = logs.filter(created__lte=now - SETTLED)
    with suppress(ValueError):
        logs = logs.filter(id__gt=UUID(cursor))
    return sorted(logs.order_by("id")[:LINES], key=lambda log: (log.timestamp, log.id))


def lines(workspace: Workspace, logs: list[Log]) -> list[Line]:
    tasks = {log.task_run_id for log in logs if log.task_run_id}
    names: dict[Any, str] = dict(workspace.taskruns.filter(id__in=tasks).values_list("id", "name"))
    shown, day = [], None
    for log in logs:
        this_day = log.timestamp.date()
        shown.append(
            Line(
                log.id,
                log.timestamp,
                level_of(log.level),
                log.name,
                _TERMINAL_CODES.sub("", log.message),
                log.task_run_id if log.task_run_id in names else None,
                names.get(log.task_run_id),
                this_day if day and this_day != day else None,
            )
        )
        day = this_day
    return shown


def level_of(number: int) -> str:
    """The name of the level that the number reaches."""
    return LEVELS[min(max(number // 10 * 10, 10), 50)]


def _place(text: str) -> tuple[datetime, UUID] | None:
    written, _, id = text.partition("~")
    timestamp = moment(written)
    try:
        return (timestamp, UUID(id)) if timestamp else None
    except ValueError:
        return None
