"""Logs of runs: many lines at once, written by COPY where the database has it."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone

from auditlog.actors import Actor
from auditlog.ids import new_id
from workspaces.events import bus
from workspaces.models import Workspace
from workspaces.runs.models import Log
from workspaces.runs.schemas import LogCreate

_COLUMNS = ("id", "workspace_id", "flow_run_id", "task_run_id", "name", "level", "message", "timestamp", "created")


def write_logs(workspace: Workspace, lines: Sequence[LogCreate], *, actor: Actor) -> None:
    """Store the lines and push them to subscribers. A line's run need not exist (yet, or any more).

    The lines are the run's own record of what it did, so `actor` leaves no audit entry.
    """
    if not lines:
        return
    now = timezone.now()
    rows = [
        (
            new_id(),
            workspace.id,
            line.flow_run_id,
            line.task_run_id,
            line.name,
            line.level,
            line.message,
            line.timestamp,
            now,
        )
        for line in lines
    ]
    with transaction.atomic():
        if connection.vendor == "postgresql":
            table = connection.ops.quote_name(Log._meta.db_table)
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            Log.objects.bulk_create([Log(**dict(zip(_COLUMNS, row, strict=True))) for row in rows])
        transaction.on_commit(
            lambda: bus.publish(workspace.id, bus.LOGS, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
        )
