#!/usr/bin/env python3
"""Measure how long it takes to drop a partition of many events while others write and read.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench_partitions python scripts/bench_partitions.py [EVENTS]

Creates the tables in a new database. Do not use one with data.
"""

import os
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("BAILIWICK_DATA_DIR", tempfile.mkdtemp())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from config.bootstrap import bootstrap
from core.db import partitions
from core.db.ids import new_id
from workspaces.events.models import Event
from workspaces.models import Workspace

_INSERT = """
INSERT INTO events_event (id, workspace_id, occurred, received, event, resource_id, resource, related, payload, follows)
SELECT gen_random_uuid(), %s, %s + n * interval '0.5 s', now(), 'prefect.task-run.Completed', 'prefect.task-run.' || n,
       jsonb_build_object('prefect.resource.id', 'prefect.task-run.' || n, 'prefect.resource.name', 'extract-' || n),
       '[]', jsonb_build_object('intended', jsonb_build_object('from', 'RUNNING', 'to', 'COMPLETED')), NULL
FROM generate_series(1, %s) AS n
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    call_command("migrate", verbosity=0)
    workspace = _workspace()
    start, end = partitions.bounds(Event.partition_days, datetime.now(UTC) - timedelta(days=30))
    partitions.create(Event, start, end)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [workspace.id, start, count])
    size = _database_bytes()
    stop, latencies = threading.Event(), list[float]()
    others = [threading.Thread(target=_work, args=(workspace, stop, latencies)) for _ in range(2)]
    for thread in others:
        thread.start()
    time.sleep(3)
    before, began = len(latencies), time.perf_counter()
    dropped = partitions.drop_before(Event, end)
    took = time.perf_counter() - began
    during = sorted(latencies[before:])
    time.sleep(3)
    stop.set()
    for thread in others:
        thread.join()
    quiet = sorted(latencies[:before])
    print(f"dropped {dropped} with {count:,} events in {took * 1000:.0f} ms")
    print(f"disk given back: {(size - _database_bytes()) / 1e6:,.0f} MB")
    print(f"an insert and a read: p50 {quiet[len(quiet) // 2] * 1000:.1f} ms before")
    print(f"while the partition was dropped: {len(during)} of them, the slowest {max(during, default=0) * 1000:.0f} ms")
    print(f"the slowest of all: {max(latencies) * 1000:.0f} ms")


def _workspace() -> Workspace:
    os.environ["BAILIWICK_PASSWORD"] = "a password for the bench"
    bootstrap(email="bench@example.com", handle="bench", workspace="main", organization=False)
    return Workspace.objects.get(account__handle="bench")


def _work(workspace: Workspace, stop: threading.Event, latencies: list[float]) -> None:
    """Store an event and read the last hundred, again and again."""
    while not stop.is_set():
        now, began = datetime.now(UTC), time.perf_counter()
        with transaction.atomic():
            Event.objects.create(
                id=new_id(), workspace=workspace, occurred=now, received=now, event="x", resource_id="x",
                resource={}, related=[], payload={},
            )  # fmt: skip
        list(workspace.events.filter(occurred__gte=now - timedelta(hours=1)).order_by("-occurred")[:100])
        latencies.append(time.perf_counter() - began)
    connection.close()


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size: int = cursor.fetchone()[0]
        return size


if __name__ == "__main__":
    main()
