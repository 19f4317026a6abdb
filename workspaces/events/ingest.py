"""Batch events: everything that arrives from a workspace during one write forms its next batch."""

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import OperationalError
from django.utils import timezone

from core.byte_budget import ByteBudget
from workspaces.events.writing import Consumer, Frame, Origin, write_frames
from workspaces.models import Workspace
from workspaces.run_keys.bounds import RunBounds

logger = logging.getLogger("bailiwick.events")

MEGABYTE = 1_000_000
CONNECTION_BYTES, WORKSPACE_BYTES, TOTAL_BYTES = 4 * MEGABYTE, 16 * MEGABYTE, 128 * MEGABYTE
BATCH_ROWS, BATCH_BYTES, BATCH_SECONDS = 500, 2 * MEGABYTE, 0.5
_SLOW_BATCH_ROWS = 100
DROPPED_FRAMES = 1_000
_OVERHEAD = 500  # bytes of memory that a waiting frame takes in addition to its body


class TooManyBadFrames(Exception):
    """A connection sent too many frames that cannot be stored."""


class Backlog:
    """The frames of a workspace that wait to be stored."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.frames: deque[Frame] = deque()
        self._rows = BATCH_ROWS

    def next_batch(self) -> list[Frame]:
        """Remove and return the oldest frames, within the limits of a batch."""
        batch: list[Frame] = []
        size = 0
        while self.frames and len(batch) < self._rows:
            size += len(self.frames[0].body)
            if batch and size > BATCH_BYTES:
                break
            batch.append(self.frames.popleft())
        return batch

    def put_back(self, batch: Sequence[Frame]) -> None:
        """Put frames that were not stored back at the front."""
        self.frames.extendleft(reversed(batch))

    def adapt(self, rows: int, *, stored: bool, seconds: float) -> None:
        """Make batches smaller after one that failed or was slow, and larger again after one that did not."""
        if not stored:
            self._rows = max(rows // 2, 1)
        elif seconds > BATCH_SECONDS:
            self._rows = max(rows // 2, _SLOW_BATCH_ROWS)
        else:
            self._rows = min(self._rows * 2, BATCH_ROWS)


class Connection(Origin):
    """A client's socket. `put` waits while too many bytes wait to be stored, so that the client must wait, too."""

    def __init__(self, ingest: "Ingest", workspace: Workspace, run: RunBounds | None) -> None:
        super().__init__(run)
        self._ingest, self._workspace = ingest, workspace

    async def put(self, body: bytes) -> None:
        """Queue a frame. Raises `TooManyBadFrames` if the connection has sent too many that cannot be stored."""
        if self.dropped > DROPPED_FRAMES:
            raise TooManyBadFrames
        await self._ingest.put(self._workspace, Frame(body, timezone.now(), self))


class Ingest:
    """Store the frames of all connections of this process. Workspaces take turns, one batch each.

    The bytes that wait are limited for each connection, for each workspace and in total. Over a limit, connections are
    not read, and their clients keep their events.
    """

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        self.consumers = consumers
        self.budget = ByteBudget(WORKSPACE_BYTES, TOTAL_BYTES)
        self.threads = ThreadPoolExecutor(1, "writer")
        self._connections = ByteBudget(CONNECTION_BYTES)
        self._backlogs: OrderedDict[UUID, Backlog] = OrderedDict()
        self._writer: asyncio.Task[None] | None = None
        self._drained = asyncio.Event()
        self._drained.set()

    def connected(self, workspace: Workspace, run: RunBounds | None = None) -> Connection:
        """Return the connection of a new socket. `run` says what its events may name, if its key is that of a run."""
        return Connection(self, workspace, run)

    async def put(self, workspace: Workspace, frame: Frame) -> None:
        """Queue a frame, after waiting until there is room for it."""
        size = len(frame.body) + _OVERHEAD
        await self._connections.wait(frame.origin, size)
        try:
            await self.budget.wait(workspace.id, size)
        except asyncio.CancelledError:
            self._connections.release(frame.origin, size)
            raise
        if workspace.id not in self._backlogs:
            self._backlogs[workspace.id] = Backlog(workspace)
        self._backlogs[workspace.id].frames.append(frame)
        self._drained.clear()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def drain(self) -> None:
        """Wait until all queued frames are stored."""
        await self._drained.wait()

    async def _write(self) -> None:
        delay = 0.1
        while self._backlogs:
            workspace_id, backlog = next(iter(self._backlogs.items()))
            try:
                await self._write_batch(backlog)
                delay = 0.1
            except OperationalError as error:
                logger.warning("The database is away, %d bytes of events wait: %s", self.budget.held, error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
            if backlog.frames:
                self._backlogs.move_to_end(workspace_id)
            else:
                del self._backlogs[workspace_id]
        self._drained.set()

    async def _write_batch(self, backlog: Backlog) -> None:
        """Store a batch, or put it back. Raises `OperationalError` if the database is unavailable."""
        batch, started, stored = backlog.next_batch(), time.monotonic(), False
        try:
            stored = await asyncio.get_running_loop().run_in_executor(
                self.threads, write_frames, backlog.workspace, batch, self.consumers
            )
        finally:
            if stored:
                self._release(backlog.workspace.id, batch)
            else:
                backlog.put_back(batch)
        backlog.adapt(len(batch), stored=stored, seconds=time.monotonic() - started)

    def _release(self, workspace_id: UUID, batch: Sequence[Frame]) -> None:
        for frame in batch:
            size = len(frame.body) + _OVERHEAD
            self.budget.release(workspace_id, size)
            self._connections.release(frame.origin, size)
