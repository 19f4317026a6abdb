"""Which scheduled runs a poll of queues gets, in one statement whatever the number of queues and runs.

Each queue contributes its earliest runs, as many as it has slots. They are ordered by the priority of the queue and
then by time. See docs/contract/work-pools.md, "Polling".
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import WorkQueue
from workspaces.work_pools.serialization import TAKES_SLOT


def due_runs(
    queue_ids: Sequence[UUID], *, before: datetime | None, after: datetime | None, limit: int
) -> list[tuple[UUID, UUID]]:
    """Return the ids of the queue and the run, for up to `limit` runs that workers may start now.

    `before` and `after` bound the time at which a run is scheduled, and are included.
    """
    if not queue_ids or limit <= 0:
        return []
    bounds = [_value(bound) for bound in (before, after) if bound is not None]
    values = [*map(_value, queue_ids), *bounds, limit, limit]
    with connection.cursor() as cursor:
        sql = _statement(connection.vendor, len(queue_ids), before is not None, after is not None)
        cursor.execute(sql, values)
        return [(UUID(str(queue_id)), UUID(str(run_id))) for queue_id, run_id in cursor.fetchall()]


def due_runs_of_deployments(
    workspace_id: UUID, deployment_ids: Sequence[UUID], *, before: datetime | None, limit: int
) -> list[UUID]:
    """Return the ids of the earliest scheduled runs of these deployments, whatever their queue is."""
    if not deployment_ids or limit <= 0:
        return []
    bounds = [_value(before)] if before is not None else []
    with connection.cursor() as cursor:
        sql = _statement_of_deployments(len(deployment_ids), before is not None)
        cursor.execute(sql, [_value(workspace_id), *map(_value, deployment_ids), *bounds, limit])
        return [UUID(str(run_id)) for (run_id,) in cursor.fetchall()]


def _value(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datetimefield_value(value)


@cache
def _statement_of_deployments(deployments: int, before: bool) -> str:
    bound = "AND next_scheduled_start_time <= %s" * before
    return f"""
        SELECT id FROM {FlowRun._meta.db_table}
        WHERE workspace_id = %s AND deployment_id IN ({_marks(deployments)}) AND state_type = 'SCHEDULED' {bound}
        ORDER BY next_scheduled_start_time, id LIMIT %s
    """  # noqa: S608  no input


@cache
def _statement(vendor: str, queues: int, before: bool, after: bool) -> str:
    """Return the SQL. Its parameters are the ids of the queues, the bounds that are given, and the limit twice.

    SQLite has no lateral join, but looks up a short list of ids quickly. PostgreSQL plans that badly.
    """
    run, queue = FlowRun._meta.db_table, WorkQueue._meta.db_table
    takes_slot = ", ".join(f"'{state}'" for state in TAKES_SLOT)
    # A run that waits for a retry in its own process is none for workers.
    in_process = (
        "run.empirical_policy ->> 'retry_type' IS DISTINCT FROM 'in_process'"
        if vendor == "postgresql"
        else "json_extract(run.empirical_policy, '$.retry_type') IS NOT 'in_process'"
    )
    bounds = " AND run.next_scheduled_start_time <= %s" * before + " AND run.next_scheduled_start_time >= %s" * after
    earliest = (
        f"FROM {run} AS run WHERE run.work_queue_id = queue.id AND run.workspace_id = queue.workspace_id "
        f"AND run.state_type = 'SCHEDULED' AND {in_process}{bounds} ORDER BY run.next_scheduled_start_time LIMIT %s"
    )
    join = (
        f"CROSS JOIN LATERAL (SELECT run.id, run.next_scheduled_start_time {earliest}) AS due"
        if vendor == "postgresql"
        else f"JOIN {run} AS due ON due.id IN (SELECT run.id {earliest})"
    )
    return f"""
        WITH queue AS MATERIALIZED (
            SELECT id, workspace_id, priority, CASE WHEN concurrency_limit IS NOT NULL THEN concurrency_limit - (
                SELECT COUNT(*) FROM {run} AS run
                WHERE run.work_queue_id = queue.id AND run.workspace_id = queue.workspace_id
                    AND run.state_type IN ({takes_slot})
            ) END AS slots
            FROM {queue} AS queue WHERE id IN ({_marks(queues)}) AND NOT is_paused
        )
        SELECT queue_id, run_id FROM (
            SELECT queue.id AS queue_id, queue.priority, queue.slots, due.id AS run_id,
                due.next_scheduled_start_time AS start,
                ROW_NUMBER() OVER (PARTITION BY queue.id ORDER BY due.next_scheduled_start_time, due.id) AS place
            FROM queue {join}
        ) AS due
        WHERE slots IS NULL OR place <= slots
        ORDER BY priority, start, run_id LIMIT %s
    """  # noqa: S608  no input


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)
