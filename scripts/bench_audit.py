#!/usr/bin/env python3
"""Measure the audit log: appending, chaining, verifying, the first page, and memory of an export.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench_audit python scripts/bench_audit.py [ENTRIES]

Creates the tables in a new database. Do not use one with data.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("BAILIWICK_DATA_DIR", tempfile.mkdtemp())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from auditlog.chains import chain_new_entries
from auditlog.models import Entry
from auditlog.services import record
from auditlog.verification import verify_chain
from core.db.ids import new_id
from core.pages.keyset import page
from workspaces.audit_log.export_writing import POSITIONS_AT_ONCE
from workspaces.audit_log.exports import Period, chain_lines, positions
from workspaces.audit_log.filters import read_filter

APPEND_SECONDS = 10
ACTOR = Actor("user", new_id(), "Maya Lindqvist")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    call_command("migrate", verbosity=0)
    busy, quiet = new_id(), new_id()
    alone = latencies(quiet, 3)
    report(
        "quiet account alone, p50 and p99 in ms", f"{alone[len(alone) // 2]:.2f}, {alone[len(alone) * 99 // 100]:.2f}"
    )
    appended = append_beside(busy, quiet)
    report("entries appended to one account a second, chained meanwhile", f"{appended[0] / APPEND_SECONDS:,.0f}")
    beside = appended[1]
    report(
        "quiet account beside it, p50 and p99 in ms",
        f"{beside[len(beside) // 2]:.2f}, {beside[len(beside) * 99 // 100]:.2f}",
    )
    fill(busy, count - appended[0])
    timed("chain the rest", chain_new_entries)
    with connection.cursor() as cursor:  # as autovacuum does after such a growth
        cursor.execute("ANALYZE auditlog_entry")
    timed(
        f"verify {Entry.objects.filter(account_id=busy).count():,} entries",
        lambda: verify_chain(busy).problem or "valid",
    )
    for query in ("", "q=nothing", f"actor={ACTOR.id}", f"actor={new_id()}", "address=10.0.0.1", "group=team"):
        rows = read_filter(QueryDict(query)).apply(Entry.objects.filter(account_id=busy))
        timed(f"first page, ?{query}", partial(_first_page, rows))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    account = Account(id=busy, handle="busy")
    timed("export", lambda: _exported_characters(account))
    report(
        "memory of the export, MB more", f"{(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f}"
    )


def _first_page(rows: QuerySet[Entry]) -> int:
    return len(page(rows, QueryDict("")).rows)


def _exported_characters(account: Account) -> int:
    first, last = positions(account, Period())
    return sum(
        len(chain_lines(account, begin, min(begin + POSITIONS_AT_ONCE - 1, last)).text)
        for begin in range(first, last + 1, POSITIONS_AT_ONCE)
    )


def append(account_id: Any) -> None:
    with transaction.atomic():
        record(
            "variable.updated",
            actor=ACTOR,
            account_id=account_id,
            object_id=new_id(),
            object_name="region",
            changes={"tags": {"from": ["a"], "to": ["a", "b"]}},
        )


def latencies(account_id: Any, seconds: float) -> list[float]:
    taken = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        append(account_id)
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    return sorted(taken)


def append_beside(busy: Any, quiet: Any) -> tuple[int, list[float]]:
    """Append to one account with four processes and chain with one, beside the quiet account."""
    connection.close()
    end = time.time() + APPEND_SECONDS
    writers = []
    for number in range(5):
        if pid := os.fork():
            writers.append(pid)
            continue
        while time.time() < end:
            if number:
                append(busy)
            else:
                chain_new_entries()
                time.sleep(0.5)
        os._exit(0)
    beside = latencies(quiet, APPEND_SECONDS)
    for pid in writers:
        os.waitpid(pid, 0)
    return Entry.objects.filter(account_id=busy).count(), beside


def fill(account_id: Any, count: int) -> None:
    now = timezone.now()
    for start in range(0, count, 5_000):
        Entry.objects.bulk_create(
            Entry(
                action="team.updated", actor_kind="user", actor_id=ACTOR.id, actor_name=ACTOR.name, address="10.0.0.1",
                account_id=account_id, object_id=str(number), object_name=f"Team {number}", detail={"number": number},
                occurred=now + timedelta(microseconds=number), request_id=ACTOR.id, user_agent="bench",
            )
            for number in range(start, min(start + 5_000, count))
        )  # fmt: skip


def timed(name: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    result = work()
    report(name, f"{time.perf_counter() - began:.2f} s ({result})")


def report(name: str, value: str) -> None:
    print(f"{name}: {value}", flush=True)


if __name__ == "__main__":
    main()
