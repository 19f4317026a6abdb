#!/usr/bin/env python3
"""Measure the transfer of an empty workspace and of one with many runs: its time, and how long it holds its locks.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench_transfer python scripts/bench_transfer.py [RUNS]

Creates the tables in a new database. Do not use one with data. Locks are held from the first row that is locked until
the commit, so their time is that of the transaction.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

from bench_load import fill, set_up_django

os.environ.setdefault("BAILIWICK_EMAIL_VERIFICATION", "none")
set_up_django()

from django.core.management import call_command

from accounts.models import Account, User
from accounts.services.people import create_user
from core.db.ids import new_id
from transfers.models import Transfer
from transfers.services import execution, requests
from transfers.services.preview import Plan, preview
from transfers.services.requests import start
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

TIMES = 15
LOGS_OF_A_RUN = 5


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    call_command("migrate", verbosity=0)
    requests.MOST_REQUESTS = 10 * TIMES
    one, two = (_person(handle) for handle in ("one", "two"))
    empty, full = (create_workspace(account(one), name=name, handle=name, actor=one.as_actor()) for name in ("e", "f"))
    timed(f"fill a workspace with {count:,} runs", lambda: fill(full, runs=count, logs=LOGS_OF_A_RUN * count))
    results = measure({"empty": empty, "full": full}, one, two)
    for name, (transfers, undos) in results.items():
        report(f"transfer, {name}: median and longest ms, with the locks", _words(transfers))
        report(f"undo, {name}: median and longest ms, with the locks", _words(undos))
    ratio = statistics.median(results["full"][0]) / statistics.median(results["empty"][0])
    report("time of the full one, in times of the empty one", f"{ratio:.2f}")
    plan = Plan(Workspace.objects.get(id=full.id), account(two), "f", {}, 0)
    timed("preview of the full one, with its figures", lambda: preview(plan))


def account(user: User) -> Account:
    return Account.objects.get(user=user)


def _person(handle: str) -> User:
    return create_user(email=f"{handle}@example.com", password=str(new_id()), handle=f"bench-{handle}-{time.time_ns()}")


def measure(workspaces: dict[str, Workspace], one: User, two: User) -> dict[str, tuple[list[float], list[float]]]:
    """Return the milliseconds of each transfer and of each undo. The workspaces take turns."""
    results: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in workspaces}
    for _ in range(TIMES):
        for name, workspace in workspaces.items():
            transfer, undo = _measure_once(workspace, one, two)
            results[name][0].append(transfer)
            results[name][1].append(undo)
    return results


def _measure_once(workspace: Workspace, one: User, two: User) -> tuple[float, float]:
    row = Workspace.objects.select_related("account").get(id=workspace.id)
    waiting = start(Plan(row, account(two), row.handle, {}, 3600), user=one, actor=one.as_actor())
    Transfer.objects.filter(id=waiting.id).update(status="APPROVED", approved_by=two)
    transfer = _milliseconds(lambda: execution.carry_out(waiting.id))
    found = Transfer.objects.get(id=waiting.id)
    return transfer, _milliseconds(lambda: execution.undo(found, user=one, actor=one.as_actor()))


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    assert work()
    return (time.perf_counter() - began) * 1000


def _words(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.1f}, {max(milliseconds):.1f}"


def timed(what: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    report(f"{what}, seconds", f"{time.perf_counter() - began:.2f}")


def report(what: str, value: str) -> None:
    print(f"{what}: {value}", flush=True)


if __name__ == "__main__":
    main()
