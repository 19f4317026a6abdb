"""The usual heartbeat in one statement: of a known worker, in a pool that has no access list and is ready or paused."""

from functools import cache
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from workspaces.work_pools.models import NOT_READY, ONLINE, Worker, WorkPool
from workspaces.work_pools.schemas import Heartbeat


def note_usual_heartbeat(workspace_id: UUID, pool_name: str, heartbeat: Heartbeat) -> UUID | None:
    """Note the heartbeat and return the worker's id. Return None, and do nothing, if it is not a usual one."""
    metadata = heartbeat.metadata
    integrations = None if metadata is None else orjson.dumps(metadata.model_dump()["integrations"]).decode()
    key = workspace_id if connection.features.has_native_uuid_field else workspace_id.hex
    values = [
        connection.ops.adapt_datetimefield_value(timezone.now()),
        heartbeat.heartbeat_interval_seconds,
        integrations,
        heartbeat.name,
        key,
        pool_name,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor), values)
        row = cursor.fetchone()
    return None if row is None else UUID(str(row[0]))


@cache
def _statement(vendor: str) -> str:
    json_type = "jsonb" if vendor == "postgresql" else "text"
    worker, pool = Worker._meta.db_table, WorkPool._meta.db_table
    return f"""
        UPDATE {worker}
        SET last_heartbeat_time = %s, status = '{ONLINE}',
            heartbeat_interval_seconds = COALESCE(%s, {worker}.heartbeat_interval_seconds),
            integrations = COALESCE(CAST(%s AS {json_type}), {worker}.integrations)
        FROM {pool} AS pool
        WHERE {worker}.name = %s AND {worker}.work_pool_id = pool.id
            AND pool.workspace_id = %s AND pool.name = %s AND NOT pool.restricted AND pool.status <> '{NOT_READY}'
        RETURNING {worker}.id
    """  # noqa: S608  no input
