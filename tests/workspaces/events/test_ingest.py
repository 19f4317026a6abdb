"""Events of many clients into one database: what waits is bounded, and workspaces take turns."""

import asyncio
import json
import threading
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from tests.at_once import at_once
from tests.cast import Person
from tests.workspaces.events.frames import plain_event, task_run_event
from workspaces.events.ingest import (
    BATCH_ROWS,
    CONNECTION_BYTES,
    DROPPED_FRAMES,
    MEGABYTE,
    WORKSPACE_BYTES,
    Ingest,
    TooManyBadFrames,
)
from workspaces.events.models import Event
from workspaces.events.writing import Frame, Origin, write_frames
from workspaces.models import Workspace
from workspaces.runs.models import TaskRun, TaskRunState
from workspaces.runs.services.recorder import record_task_runs

pytestmark = pytest.mark.django_db(transaction=True)


def body(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def frame(event: dict[str, Any]) -> Frame:
    return Frame(body(event), timezone.now(), Origin())


@asynccontextmanager
async def ingesting(*consumers: Any) -> AsyncIterator[Ingest]:
    """An ingest whose thread leaves no connection to the test's database behind."""
    ingest = Ingest(consumers)
    try:
        yield ingest
    finally:
        await asyncio.get_running_loop().run_in_executor(ingest.threads, connections.close_all)
        ingest.threads.shutdown()


class Gate:
    """A consumer that waits until it is opened, and notes whose batches came by, and how large they were."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.batches: list[tuple[uuid.UUID, int]] = []

    def __call__(self, workspace: Workspace, events: Sequence[Event]) -> None:
        self.batches.append((workspace.id, len(events)))
        assert self.opened.wait(20)


async def put_all(ingest: Ingest, workspace: Workspace, frames: Sequence[bytes]) -> None:
    connection = ingest.connected(workspace)
    for each in frames:
        await connection.put(each)


def test_two_processes_that_report_one_new_task_run_lose_nothing(owner: Person) -> None:
    """A client that reconnects may reach another process with its next event."""
    now = datetime.now(UTC)
    for _ in range(5):
        task = uuid.uuid4()
        frames = [frame(task_run_event(str(task), None, kind, at=now + timedelta(seconds=number)))
                  for number, kind in enumerate(["PENDING", "RUNNING", "COMPLETED"])]  # fmt: skip
        works = [lambda each=each: write_frames(owner.workspace, [each], [record_task_runs]) for each in frames]
        assert at_once(*works) == [True, True, True]
        assert TaskRun.objects.get(id=task).state_type == "COMPLETED"
        assert TaskRunState.objects.filter(task_run_id=task).count() == 3
    assert Event.objects.count() == 15


def test_one_event_that_cannot_be_stored_leaves_the_others(owner: Person) -> None:
    """`task_key` does not fit an index row of PostgreSQL; SQLite takes it."""
    flow = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "etl"}).json()
    run = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": flow["id"]}).json()["id"]
    good = [str(uuid.uuid4()) for _ in range(20)]
    key = "".join(str(uuid.uuid4()) for _ in range(200))
    frames = [body(task_run_event(task, run, "RUNNING")) for task in good]
    frames.insert(7, body(task_run_event(str(uuid.uuid4()), run, "RUNNING", task_key=key)))

    async def report() -> None:
        async with ingesting(record_task_runs) as ingest:
            await put_all(ingest, owner.workspace, frames)
            await ingest.drain()

    asyncio.run(report())
    assert TaskRun.objects.filter(id__in=good).count() == 20


def test_long_name_of_a_task_run_is_cut(owner: Person) -> None:
    task = str(uuid.uuid4())
    write_frames(owner.workspace, [frame(task_run_event(task, None, "RUNNING", name="n" * 2_000))], [record_task_runs])
    assert TaskRun.objects.get(id=task).name == "n" * 1024


def test_bytes_that_wait_are_bounded_and_the_rest_is_not_read(owner: Person, stranger: Person) -> None:
    """Two thousand frames of 1.4 MB from twenty connections, and a database that takes nothing."""
    gate, read = Gate(), [0]
    large = "x" * 1_400_000

    async def send(ingest: Ingest) -> None:
        connection = ingest.connected(owner.workspace)
        for _ in range(100):
            read[0] += 1
            await connection.put(body(plain_event(payload={"large": large})))

    async def attack() -> int:
        before = memory()
        async with ingesting(gate) as ingest:
            senders = [asyncio.create_task(send(ingest)) for _ in range(20)]
            await until(lambda: bool(gate.batches) and ingest.budget.held > WORKSPACE_BYTES - 2 * MEGABYTE)
            quiet = asyncio.create_task(put_all(ingest, stranger.workspace, [body(plain_event("quiet"))]))
            await asyncio.wait_for(quiet, 5)
            assert ingest.budget.held_by(owner.workspace.id) <= WORKSPACE_BYTES
            # Each connection may hold the one frame that it waits with.
            assert read[0] <= WORKSPACE_BYTES / 1_400_000 + len(senders)
            used = memory() - before
            for sender in senders:
                sender.cancel()
            await asyncio.gather(*senders, return_exceptions=True)
            gate.opened.set()
            await asyncio.wait_for(ingest.drain(), 20)
            assert ingest.budget.held == 0
        return used

    assert asyncio.run(attack()) < 150 * MEGABYTE
    assert Event.objects.filter(workspace=stranger.workspace, event="quiet").exists()


def test_one_connection_holds_no_more_than_its_share(owner: Person) -> None:
    gate = Gate()

    async def attack() -> None:
        async with ingesting(gate) as ingest:
            frames = [body(plain_event(payload={"large": "x" * 500_000})) for _ in range(20)]
            sender = asyncio.create_task(put_all(ingest, owner.workspace, frames))
            await until(lambda: bool(gate.batches))
            await asyncio.sleep(0)
            assert ingest.budget.held <= CONNECTION_BYTES
            gate.opened.set()
            await asyncio.wait_for(sender, 20)
            await asyncio.wait_for(ingest.drain(), 20)

    asyncio.run(attack())
    assert Event.objects.count() == 20


def test_workspaces_take_turns(owner: Person, stranger: Person) -> None:
    """A full backlog delays another workspace's event by one batch, not by the backlog."""
    gate = Gate()

    async def report() -> None:
        async with ingesting(gate) as ingest:
            noisy = [body(plain_event()) for _ in range(BATCH_ROWS * 3)]
            await put_all(ingest, owner.workspace, noisy)
            await until(lambda: bool(gate.batches))
            await put_all(ingest, stranger.workspace, [body(plain_event())])
            gate.opened.set()
            await asyncio.wait_for(ingest.drain(), 30)

    asyncio.run(report())
    order = [workspace_id for workspace_id, _ in gate.batches]
    assert order.index(stranger.workspace.id) <= 1
    assert sum(count for _, count in gate.batches) == BATCH_ROWS * 3 + 1


def test_batches_are_bounded_in_bytes(owner: Person) -> None:
    gate = Gate()
    gate.opened.set()

    async def report() -> None:
        async with ingesting(gate) as ingest:
            frames = [body(plain_event(payload={"large": "x" * 600_000})) for _ in range(6)]
            await asyncio.gather(*(put_all(ingest, owner.workspace, [each]) for each in frames))
            await ingest.drain()

    asyncio.run(report())
    assert [count for _, count in gate.batches] == [3, 3]


def test_frames_that_always_fail_do_not_delay_others(owner: Person, stranger: Person) -> None:
    """Each of the owner's frames fails alone; between any two tries the stranger has a turn."""
    tries: list[uuid.UUID] = []

    def consume(workspace: Workspace, events: Sequence[Event]) -> None:
        tries.append(workspace.id)
        if workspace.id == owner.workspace.id:
            raise ValueError("poison")

    async def report() -> None:
        async with ingesting(consume) as ingest:
            await put_all(ingest, owner.workspace, [body(plain_event()) for _ in range(30)])
            await until(lambda: len(tries) > 3)
            await put_all(ingest, stranger.workspace, [body(plain_event())])
            seen = len(tries)
            await until(lambda: stranger.workspace.id in tries)
            assert tries.index(stranger.workspace.id) <= seen + 1
            await ingest.drain()

    asyncio.run(report())
    assert Event.objects.filter(workspace=stranger.workspace).count() == 1
    assert Event.objects.filter(workspace=owner.workspace).count() == 0


def test_nothing_is_dropped_while_the_database_is_away(owner: Person) -> None:
    failures = [3]

    def consume(workspace: Workspace, events: Sequence[Event]) -> None:
        if failures[0]:
            failures[0] -= 1
            raise OperationalError("server closed the connection unexpectedly: database is locked")

    async def report() -> None:
        async with ingesting(consume) as ingest:
            await put_all(ingest, owner.workspace, [body(plain_event()) for _ in range(10)])
            await asyncio.wait_for(ingest.drain(), 20)

    asyncio.run(report())
    assert (failures[0], Event.objects.count()) == (0, 10)


def test_connection_of_nothing_but_bad_frames_is_ended(owner: Person) -> None:
    async def report() -> None:
        async with ingesting() as ingest:
            connection = ingest.connected(owner.workspace)
            with pytest.raises(TooManyBadFrames):
                for _ in range(DROPPED_FRAMES * 3):
                    await connection.put(b"{")
                    if ingest.budget.held > 100_000:
                        await ingest.drain()

    asyncio.run(report())


def test_reports_that_name_too_many_runs_are_stored_in_parts(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """One task key with many dynamic keys, and the other way round, name all their combinations."""
    monkeypatch.setattr("workspaces.runs.services.recorder._MOST_STORED", 5)
    flow = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "etl"}).json()
    run = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": flow["id"]}).json()["id"]
    keys = [(task, dynamic) for task in "abc" for dynamic in "abc"]
    now = datetime.now(UTC)

    def reports(kind: str, seconds: int) -> list[bytes]:
        at = now + timedelta(seconds=seconds)
        return [
            body(task_run_event(str(uuid.uuid4()), run, kind, at=at, task_key=task, dynamic_key=dynamic))
            for task, dynamic in keys
        ]

    async def report() -> None:
        async with ingesting(record_task_runs) as ingest:
            await put_all(ingest, owner.workspace, reports("RUNNING", 0))
            await ingest.drain()
            await put_all(ingest, owner.workspace, reports("COMPLETED", 1))
            await ingest.drain()

    asyncio.run(report())
    assert list(TaskRun.objects.values_list("state_type", flat=True)) == ["COMPLETED"] * 9


async def until(happened: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def memory() -> int:
    """The resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
