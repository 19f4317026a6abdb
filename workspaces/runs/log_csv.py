"""Download all logs of a flow run as a CSV file."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.http import HttpResponseBase

from core.csv_files import csv_text
from core.downloads import RETRY_SECONDS, counted_download
from core.rest.responses import Answer
from workspaces.runs.models import FlowRun, Log

_COLUMNS = ("timestamp", "level", "flow_run_id", "task_run_id", "message")
_ROWS_AT_ONCE = 50  # a line can have five megabytes
_CHUNK = 100_000  # characters


def logs_csv(run: FlowRun) -> HttpResponseBase:
    """Return a streaming response with the lines as CSV, oldest first, or 429 while there are too many downloads."""
    response = counted_download(run.workspace.account_id, _chunks(run), "text/csv; charset=utf-8")
    if response is None:
        body = {"detail": f"Too many downloads at once. Try again in {RETRY_SECONDS} seconds."}
        return Answer(body, status=429, headers={"Retry-After": str(RETRY_SECONDS)})
    # A fixed name for old clients, the name of the run for all others (docs/contract/runs.md, "Log downloads").
    name = quote(f"{run.name}-logs.csv", safe="")
    response["Content-Disposition"] = f"attachment; filename=\"flow-run-logs.csv\"; filename*=UTF-8''{name}"
    return response


def _chunks(run: FlowRun) -> Iterator[str]:
    yield csv_text([_COLUMNS])
    chunk: list[tuple[Any, ...]] = []
    size = 0
    for row in _lines(run):
        chunk.append((row[0].isoformat(), *row[1:]))
        size += 100 + len(row[-1])
        if size >= _CHUNK:
            yield csv_text(chunk)
            chunk, size = [], 0
    yield csv_text(chunk)


def _lines(run: FlowRun) -> Iterator[tuple[Any, ...]]:
    """Read the lines in several queries, so that no query lasts as long as the download."""
    logs = Log.objects.filter(workspace=run.workspace_id, flow_run_id=run.id).order_by("timestamp", "id")
    remaining = logs
    while rows := list(remaining.values_list("id", *_COLUMNS)[:_ROWS_AT_ONCE]):
        yield from (row[1:] for row in rows)
        last_id, timestamp = rows[-1][:2]
        # All lines after the last one, written so that the database can look up `timestamp` in an index.
        remaining = logs.filter(Q(timestamp__gt=timestamp) | Q(id__gt=last_id), timestamp__gte=timestamp)
