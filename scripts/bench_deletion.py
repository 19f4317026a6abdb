#!/usr/bin/env python3
"""Measure the deletion of a large workspace while others read.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench_deletion python scripts/bench_deletion.py [RUNS [PAUSES]]

PAUSES replaces the pauses between batches, in times of the batch: with 0 the removal takes all that it can get.
Creates the tables in a new database. Do not use one with data.
"""

import sys
import time

from bench_load import Callers, add_person, fill, in_another_process, measure_in_turns, report_growth, set_up_django

set_up_django()

from django.core.management import call_command
from django.db import connection
from django.test import Client

from workspaces.models import Workspace
from workspaces.trash.models import Deletion

_REMOVE = "from workspaces.trash import removal\nwhile removal.due_deletions().exists(): removal.remove_deleted()"


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    call_command("migrate", verbosity=0)
    (large, large_key), (quiet, quiet_key) = add_person("large"), add_person("quiet")
    fill(large, runs=runs, logs=runs, events=runs)
    fill(quiet, runs=20_000)
    callers = Callers(quiet, quiet_key)
    callers.measure(3)
    took = _delete(large, large_key)
    print(f"the request that deleted the workspace of {runs:,} runs took {took:.0f} ms", flush=True)
    Deletion.objects.update(restorable_until=None, next_batch_at="2020-01-01T00:00:00Z")
    began = time.perf_counter()
    pauses = f"from workspaces.trash import removal\nremoval._REST = {float(sys.argv[2])}\n" if sys.argv[2:] else ""
    alone, beside = measure_in_turns(callers, in_another_process(pauses + _REMOVE))
    seconds = time.perf_counter() - began
    callers.stop()
    row = Deletion.objects.get()
    print(f"removed {row.rows_removed:,} rows in {seconds / 2:.0f} s; left: {_rows_left(large)}")
    report_growth(alone, beside)


def _delete(workspace: Workspace, key: str) -> float:
    path = f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}"
    client = Client(headers={"Authorization": f"Bearer {key}"})
    assert client.get(path).status_code == 200  # the first request of a process takes longer
    began = time.perf_counter()
    answer = client.delete(path)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 204, answer.content
    return took


def _rows_left(workspace: Workspace) -> int:
    tables = ("runs_flowrun", "runs_flowrunstate", "runs_taskrun", "runs_log", "events_event", "flows_flow")
    with connection.cursor() as cursor:
        left = 0
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE workspace_id = %s", [workspace.id])
            left += cursor.fetchone()[0]
    return left


if __name__ == "__main__":
    main()
