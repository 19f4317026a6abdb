"""Read log lines for pages: the last ones, earlier ones, and those stored after a line that is shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Right
from django.http import QueryDict
from django.utils import timezone

from core.db.ids import parse_uuid
from core.pages.query_strings import search_text
from core.pages.times import exact_time, local
from workspaces.models import Workspace
from workspaces.runs.models import Log

LINES = 500
# What the overview of a run shows of its log: lines, rows of text in them, and characters of one.
_LAST_LINES, _LAST_ROWS, _LONGEST_END = 8, 16, 4_000
LEVELS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}
# Within which concurrent batches are committed. Younger lines are not shown yet, since older ones may still appear.
COMMIT_TIME = timedelta(seconds=1)
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The lowest level to show, and a text that lines must contain."""

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
    """A line on a page. `new_day` is its date if the line before it is of another day."""

    id: UUID
    timestamp: datetime
    level: str
    name: str
    message: str
    task: UUID | None
    task_name: str | None
    new_day: date | None


def read_log_filter(params: QueryDict) -> LogFilter:
    """Return the filter in a query string."""
    level = params.get("level", "")
    return LogFilter(
        int(level) if level.isascii() and level.isdigit() and int(level) in LEVELS else 0,
        search_text(params, "find"),
    )


def last_lines(logs: QuerySet[Log], params: QueryDict) -> tuple[list[Log], str | None]:
    """Return the last lines, oldest first, and the cursor for the lines before them, or None if there are none.

    If the parameter `earlier` has a cursor, return the last lines before it.
    """
    cursor = _parse_cursor(params.get("earlier", ""))
    if cursor:
        timestamp, id = cursor
        logs = logs.filter(Q(timestamp__lt=timestamp) | Q(timestamp=timestamp, id__lt=id))
    newest_first = list(logs.order_by("-timestamp", "-id")[: LINES + 1])
    lines = newest_first[:LINES][::-1]
    return lines, f"{lines[0].timestamp.isoformat()}~{lines[0].id}" if len(newest_first) > LINES else None


def lines_stored_after(logs: QuerySet[Log], log_id: str) -> list[Log]:
    """Return the lines that were stored after the one with this id, whatever their timestamps."""
    now = timezone.now()
    logs = logs.filter(created__lte=now - COMMIT_TIME)
    if (last_id := parse_uuid(log_id)) is not None:
        logs = logs.filter(id__gt=last_id)
    ids = logs.order_by("id").values("id")[:LINES]  # by ids, since SQLite would sort whole lines
    return sorted(Log.objects.filter(id__in=ids), key=lambda log: (log.timestamp, log.id))


def lines(workspace: Workspace, logs: Sequence[Log]) -> list[Line]:
    """Return the log lines as pages show them, with the names of their task runs."""
    tasks = {log.task_run_id for log in logs if log.task_run_id}
    names: dict[Any, str] = dict(workspace.taskruns.filter(id__in=tasks).values_list("id", "name"))
    page_lines, day = [], None
    for log in logs:
        this_day = local(log.timestamp).date()
        page_lines.append(
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
    return page_lines


def end_of_log(workspace: Workspace, logs: QuerySet[Log]) -> list[Line]:
    """Return the last lines of a log, oldest first, with the end of messages that have many lines."""
    newest = logs.annotate(end=Right("message", _LONGEST_END)).defer("message").order_by("-timestamp", "-id")
    room, shown = _LAST_ROWS, []
    for log in newest[:_LAST_LINES]:
        rows = log.end.splitlines() or [""]
        log.message = "\n".join(["…", *rows[-room:]] if len(rows) > room else rows)
        shown.append(log)
        room -= len(rows)
        if room <= 0:
            break
    return lines(workspace, shown[::-1])


def level_of(number: int) -> str:
    """Return the name of the highest level that the number reaches."""
    return LEVELS[min(max(number // 10 * 10, 10), 50)]


def _parse_cursor(text: str) -> tuple[datetime, UUID] | None:
    timestamp_text, _, id = text.partition("~")
    timestamp, log_id = exact_time(timestamp_text), parse_uuid(id)
    return (timestamp, log_id) if timestamp and log_id else None
