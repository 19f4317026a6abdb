"""Partitions by time, of which PostgreSQL has some and SQLite none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.db import partitions
from core.db.ids import new_id
from tests.cast import Person
from workspaces.events.models import Event
from workspaces.runs.models import Log

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions"),
]

LONG_AGO = datetime(2020, 3, 4, tzinfo=UTC)
NEXT_YEAR = datetime(2099, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def owner_of_tables() -> Iterator[None]:
    with partitions.as_owner():
        yield


def event(owner: Person, occurred: datetime) -> Event:
    now = datetime.now(UTC)
    made = Event.objects.create(
        id=uuid4(), workspace=owner.workspace, occurred=occurred, received=now, event="x", resource_id="x",
        resource={}, related=[], payload={},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of a transaction
    return made


def place(row: Any) -> str:
    """The name of the partition that a row is in."""
    with connection.cursor() as cursor:
        table = row._meta.db_table
        cursor.execute(
            f"SELECT c.relname FROM {table} t JOIN pg_class c ON c.oid = t.tableoid WHERE t.id = %s", [row.id]
        )
        return str(cursor.fetchone()[0])


def test_every_model_is_partitioned_and_has_the_partition_of_now() -> None:
    now = datetime.now(UTC)
    assert {model._meta.db_table for model in partitions.partitioned_models()} == {
        "events_event", "runs_log", "auditlog_entry",
    }  # fmt: skip
    for model in partitions.partitioned_models():
        assert partitions.is_partitioned(model)
        (current,) = partitions.partitions(model)
        assert current.start <= now < current.end


def test_missing_partitions_are_created_once(settings: LazySettings) -> None:
    settings.PARTITIONS_AHEAD = 2
    partitions.keep_ahead()
    first = partitions.partitions(Log)
    partitions.keep_ahead()
    assert [partition.name for partition in partitions.partitions(Log)] == [partition.name for partition in first]
    assert len(first) == 3
    assert [later.start - earlier.end for earlier, later in pairwise(first)] == [timedelta(0)] * 2


def test_row_without_a_partition_moves_when_there_is_one(owner: Person) -> None:
    early = event(owner, NEXT_YEAR)
    other = event(owner, NEXT_YEAR + timedelta(days=70))
    assert place(early) == place(other) == "events_event_default"
    assert partitions.rows_in_default(Event, 10) == 2
    partitions.create(Event, *partitions.bounds(7, NEXT_YEAR))
    assert place(early) == "events_event_2099_03_02"
    assert place(other) == "events_event_default"
    assert Event.objects.filter(workspace=owner.workspace, id=early.id).count() == 1


def test_event_that_is_sent_twice_is_stored_once(owner: Person) -> None:
    first = event(owner, LONG_AGO)
    Event.objects.bulk_create([first], ignore_conflicts=True)
    assert Event.objects.filter(id=first.id).count() == 1


def test_old_partitions_are_dropped_and_the_rest_stays(owner: Person) -> None:
    start, end = partitions.bounds(7, LONG_AGO)
    partitions.create(Event, start, end)
    old, recent = event(owner, LONG_AGO), event(owner, datetime.now(UTC))
    assert partitions.drop_before(Event, end - timedelta(microseconds=1)) == []
    assert partitions.drop_before(Event, end) == ["events_event_2020_03_02"]
    assert not Event.objects.filter(id=old.id).exists()
    assert Event.objects.filter(id=recent.id).exists()


def test_detached_partition_can_be_attached_again(owner: Person) -> None:
    start, end = partitions.bounds(7, LONG_AGO)
    partitions.create(Event, start, end)
    old = event(owner, LONG_AGO)
    partitions.detach(Event, start)
    assert not Event.objects.filter(id=old.id).exists()
    partitions.attach(Event, start)
    assert Event.objects.filter(id=old.id).exists()


def test_command_lists_detaches_attaches_and_drops(owner: Person) -> None:
    start, end = partitions.bounds(7, LONG_AGO)
    partitions.create(Event, start, end)

    def names(*args: str) -> list[str]:
        output = StringIO()
        call_command("partitions", *args, stdout=output)
        return [line.split()[0] for line in output.getvalue().splitlines()]

    old, day = "events_event_2020_03_02", f"{start:%Y-%m-%d}"
    assert old in names() and old in names("events_event") and old not in names("runs_log")
    assert old not in names("events_event", "--detach", day)
    assert old in names("events_event", "--attach", day)
    assert old not in names("events_event", "--drop-before", f"{end:%Y-%m-%d}")
    for wrong in (["--detach", day], ["events_event", "--attach", day]):
        with pytest.raises(CommandError), transaction.atomic():
            names(*wrong)


def test_processes_cannot_pass_the_policies_by_reading_a_partition(owner: Person) -> None:
    name = f"bailiwick_partitions.{place(event(owner, datetime.now(UTC)))}"
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE " + connection.ops.quote_name(str(connection.settings_dict["ROLE"])))
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(f"SELECT * FROM {name}")


def test_table_with_rows_is_converted(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "_MOST_PARTITIONS", 5)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE old_times (id uuid PRIMARY KEY, at timestamptz NOT NULL, workspace_id uuid)")
        cursor.execute("CREATE INDEX old_times_at ON old_times (workspace_id, at DESC) WHERE id IS NOT NULL")
        cursor.execute(
            "ALTER TABLE old_times ADD CONSTRAINT old_times_workspace FOREIGN KEY (workspace_id) "
            "REFERENCES workspaces_workspace (id) DEFERRABLE INITIALLY DEFERRED"
        )
        now = datetime.now(UTC)
        rows = [
            (new_id(), moment, owner.workspace.id) for moment in (LONG_AGO, now - timedelta(days=20), now, NEXT_YEAR)
        ]
        cursor.executemany("INSERT INTO old_times VALUES (%s, %s, %s)", rows)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        before = partitions._definitions(cursor, "old_times")
        with connection.schema_editor() as editor:
            partitions.convert(editor, "old_times", "at", 7)
        cursor.execute("SELECT * FROM old_times ORDER BY at")
        assert cursor.fetchall() == rows
        after = partitions._definitions(cursor, "old_times")
        assert [after[0][0].replace("ON ONLY", "ON"), after[1]] == [before[0][0], before[1]]
        cursor.execute("SELECT c.relname FROM old_times t JOIN pg_class c ON c.oid = t.tableoid ORDER BY at")
        places = [name for (name,) in cursor.fetchall()]
        assert places[0] == places[3] == "old_times_default"  # too old for a partition of its own, and yet to come
        assert len({*places}) == 3
