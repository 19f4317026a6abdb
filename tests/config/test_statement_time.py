"""Queries of web processes end after a while; writes, commands and late work do not."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from core.db.statements import is_away, took_too_long
from tests.cast import Person
from tests.site import ROOT
from tests.visits import visitor
from tests.workspaces.runs.test_api import Client
from workspaces.runs.api.logs import LogsFilterView
from workspaces.runs.pages import flow_run_tabs

pytestmark = pytest.mark.django_db(transaction=True)
COUNTING = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT count(*) FROM c"
LINE = {"name": "n", "level": 20, "message": "m", "timestamp": "1970-01-01T00:00:00Z"}
SECONDS = 0.3


@pytest.fixture
def limited() -> Iterator[None]:
    """The connection of a web process in which a query may take a third of a second."""
    yield from _limited_to(SECONDS)


@pytest.fixture
def unlimited() -> Iterator[None]:
    yield from _limited_to(0)


def _limited_to(seconds: float) -> Iterator[None]:
    connection.close()
    connection.settings_dict["STATEMENT_SECONDS"] = seconds
    yield
    connection.close()
    del connection.settings_dict["STATEMENT_SECONDS"]


def slow(seconds: float) -> str:
    """A query that takes about so long."""
    return (
        COUNTING.format(int(seconds * 10_000_000)) if connection.vendor == "sqlite" else f"SELECT pg_sleep({seconds})"
    )


def run(sql: str) -> float:
    """Run the query and return how long it took, whether it came to its end or not."""
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
    except OperationalError as error:
        assert took_too_long(error)
        assert not is_away(error)
        return time.monotonic() - began
    return -1


def test_query_is_ended_and_the_connection_goes_on(limited: None) -> None:
    assert SECONDS * 0.9 < run(slow(20)) < 5
    assert run("SELECT 1") == -1


def test_transactions_have_no_limit(limited: None) -> None:
    with transaction.atomic():
        assert run(slow(0.7)) == -1
    assert run(slow(20)) > 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="COPY is PostgreSQL's.")
def test_transaction_that_begins_with_a_copy_has_no_limit(limited: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT pg_sleep(0.7)) TO STDOUT") as rows:
            assert list(rows)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert run(slow(20)) > 0


def test_nothing_is_ended_without_a_limit(unlimited: None) -> None:
    assert run(slow(0.7)) == -1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL computes all rows before it gives the first.")
def test_what_the_program_does_between_rows_does_not_count(limited: None) -> None:
    rows = connection.cursor()
    rows.execute(COUNTING.format(5_000).replace("count(*)", "n"))
    assert len(rows.fetchmany(50)) == 50
    time.sleep(SECONDS * 2)
    assert len(rows.fetchall()) == 4_950


def test_api_and_pages_say_so(owner: Person, limited: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Client(owner)
    run_id = ours.run()["id"]
    ours("POST", "/logs/", [{**LINE, "flow_run_id": run_id}], 201)

    def slowed(logs: Any) -> Any:
        return logs.extra(where=[f"({slow(20)}) IS NOT NULL"])

    chosen = LogsFilterView.filtered_rows
    monkeypatch.setattr(LogsFilterView, "filtered_rows", lambda *args: slowed(chosen(*args)))
    for limit in (6, 200):
        assert ours("POST", "/logs/filter", {"limit": limit}, 422) == {"detail": "This takes too long. Ask for less."}
    tab: Any = vars(flow_run_tabs)["log_tab"]
    monkeypatch.setattr(flow_run_tabs, "log_tab", lambda request, logs, **more: tab(request, slowed(logs), **more))
    page = f"/account/{owner.account.id}/workspace/{owner.workspace.id}/runs/flow-run/{run_id}?tab=logs"
    answer = visitor(owner.user).get(page)
    assert answer.status_code == 422
    assert "This takes too long" in answer.content.decode()


def test_write_that_waits_for_a_lock_is_not_ended(owner: Person, limited: None) -> None:
    ours = Client(owner)
    run_id = ours.run()["id"]
    locked = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                owner.workspace.flowruns.select_for_update().get(id=run_id)
                locked.set()
                time.sleep(SECONDS * 3)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    began = time.monotonic()
    ours("PATCH", f"/flow_runs/{run_id}", {"name": "later"}, 204)
    assert time.monotonic() - began > SECONDS * 2
    holder.join()
    assert ours("GET", f"/flow_runs/{run_id}")["name"] == "later"


@pytest.mark.parametrize(
    ("role", "told", "limit"),
    [
        ("config.wsgi", "", "10"),
        ("config.asgi", "", "10"),
        ("config.wsgi", "3", "3"),
        ("config.wsgi", "0", "0"),
        ("config.celery", "", "None"),
    ],
)
def test_only_web_processes_have_the_limit(role: str, told: str, limit: str) -> None:
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; "
        f"os.environ['BAILIWICK_STATEMENT_SECONDS'] = '{told}'; import {role}, django; django.setup(); "
        "from django.db import connection; print(connection.settings_dict.get('STATEMENT_SECONDS'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == limit
