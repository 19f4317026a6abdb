#!/usr/bin/env python3
"""Measure pruning of events and logs while others read: in batches, and by dropping partitions.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench_retention python scripts/bench_retention.py [ROWS [PAUSES]]

PAUSES replaces the pauses between batches, in times of the batch: with 0 pruning takes all that it can get.
Creates the tables in a new database. Do not use one with data.
"""

import sys
import time
from datetime import UTC, datetime, timedelta

from bench_load import (
    Callers,
    add_person,
    database_bytes,
    fill,
    in_another_process,
    measure_in_turns,
    report_growth,
    set_up_django,
)

set_up_django()

from django.core.management import call_command

from auditlog.actors import system
from core.db import partitions
from workspaces.events.models import Event
from workspaces.retention.services import set_account_retention
from workspaces.runs.models import Log

_DAYS = {"events": 30, "logs": 30}
_PRUNE = (
    "from workspaces.retention import pruning\n"
    "pruning._add_missing_rows()\n"
    "while pruning._due().exists(): pruning.prune_workspaces()"
)
_DROP = (
    "import time\n"
    "from workspaces.retention.partition_dropping import drop_old_partitions\n"
    "began = time.perf_counter()\n"
    "drop_old_partitions()\n"
    "print(f'dropping took {time.perf_counter() - began:.2f} s')"
)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    call_command("migrate", verbosity=0)
    for model in (Event, Log):
        for weeks in range(10):
            start, end = partitions.bounds(model.partition_days, datetime.now(UTC) - timedelta(weeks=weeks))
            with partitions.as_owner():
                if start not in {partition.start for partition in partitions.partitions(model)}:
                    partitions.create(model, start, end)
    (busy, _), (quiet, key) = add_person("busy"), add_person("quiet")
    fill(busy, logs=rows // 2, events=rows // 2)
    fill(quiet, runs=20_000)
    callers = Callers(quiet, key)
    callers.measure(3)
    set_account_retention(busy.account, _DAYS, actor=system("bench"))
    pauses = f"from workspaces.retention import pruning\npruning._REST = {float(sys.argv[2])}\n" if sys.argv[2:] else ""
    _measure("pruned in batches", pauses + _PRUNE, callers)
    set_account_retention(quiet.account, _DAYS, actor=system("bench"))
    _measure("dropped partitions", _DROP, callers)
    callers.stop()


def _measure(what: str, statements: str, callers: Callers) -> None:
    size, began = database_bytes(), time.perf_counter()
    alone, beside = measure_in_turns(callers, in_another_process(statements))
    seconds = time.perf_counter() - began
    print(f"{what} in {seconds / 2:.0f} s; {_rows_left():,} events and logs are left")
    print(f"disk given back: {(size - database_bytes()) / 1e6:,.0f} MB")
    report_growth(alone, beside)


def _rows_left() -> int:
    return Event.objects.count() + Log.objects.count()


if __name__ == "__main__":
    main()
