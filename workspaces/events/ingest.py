"""From many sockets into few transactions: whatever has arrived while the last batch was written is the next batch."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

import orjson
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone
from pydantic import ValidationError

from auditlog.actors import Actor
from workspaces.channel import Caller, from_database
from workspaces.events.models import Event
from workspaces.events.schemas import EVENT_BYTES
from workspaces.events.schemas import Event as EventShape
from workspaces.events.services import store_events
from workspaces.models import Workspace

logger = logging.getLogger("bailiwick.events")

WAITING = 2_000
_BATCH = 500
_TRIES = 8

# What reads stored events of one workspace, in their transaction.
Consumer = Callable[[Workspace, Sequence[Event], Actor], None]
Arrived = tuple[Workspace, Actor, Event]


class Ingest:
    """One a process. `put` waits while too much is unwritten, which holds the senders back."""

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        self.consumers = consumers
        self._queue: asyncio.Queue[Arrived] = asyncio.Queue(WAITING)
        self._writer: asyncio.Task[None] | None = None

    async def put(self, caller: Caller, text: str) -> None:
        event = parsed(caller.workspace.id, text)
        if event is None:
            return
        await self._queue.put((caller.workspace, caller.user.as_actor(), event))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def settled(self) -> None:
        """Everything that was put is stored."""
        await self._queue.join()

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._store(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _store(self, batch: list[Arrived]) -> None:
        groups: dict[tuple[UUID, UUID | None], list[Arrived]] = defaultdict(list)
        for item in batch:
            groups[item[0].id, item[1].id].append(item)
        for group in groups.values():
            for attempt in range(_TRIES):
                try:
                    await from_database(store, group[0][0], group[0][1], [item[2] for item in group], self.consumers)
                    break
                except OperationalError as error:
                    logger.warning("The database is away, %d events wait: %s", len(group), error)
                    await asyncio.sleep(min(2**attempt * 0.1, 5))


def parsed(workspace_id: UUID, text: str) -> Event | None:
    """The event in a frame; None, with a line in the log, for anything else."""
    if len(text) > EVENT_BYTES:
        logger.warning("An event of %d bytes was dropped", len(text))
        return None
    try:
        data = orjson.loads(_without_nul(text))
        shape = EventShape.model_validate(data)
    except (orjson.JSONDecodeError, ValidationError) as error:
        logger.info("A frame that is no event was passed over: %s", str(error).splitlines()[0])
        return None
    return row(workspace_id, shape)


def row(workspace_id: UUID, event: EventShape) -> Event:
    return Event(
        id=event.id,
        workspace_id=workspace_id,
        occurred=event.occurred,
        received=timezone.now(),
        event=event.event,
        resource_id=event.resource["prefect.resource.id"][:1024],
        resource=event.resource,
        related=event.related,
        payload=event.payload,
        follows=event.follows,
    )


def store(workspace: Workspace, actor: Actor, events: Sequence[Event], consumers: Sequence[Consumer]) -> None:
    """Events and all that follows from them, in one transaction. A bad one does not take others along."""
    try:
        with transaction.atomic():
            store_events(events)
            for consume in consumers:
                consume(workspace, events, actor)
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(events) == 1:
            logger.warning("Event %s was dropped: %s", events[0].id, str(error).splitlines()[0])
            return
        for event in events:
            store(workspace, actor, [event], consumers)


def _without_nul(text: str) -> str:
    """PostgreSQL cannot hold NUL characters, which JSON spells \\u0000."""
    return text.replace("\\u0000", "") if "\\u0000" in text and "\\\\u0000" not in text else text
