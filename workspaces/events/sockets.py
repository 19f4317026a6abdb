"""`/events/in`, where clients report, and `/events/out`, where they listen (orchestration.md 7.2, 7.4)."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, ValidationError

from workspaces.channel import PROTOCOL_ERROR, UNEXPECTED, Caller, Socket, from_database
from workspaces.events import bus
from workspaces.events.filters import EventFilter
from workspaces.events.hub import Subscription, hub
from workspaces.events.ingest import Ingest
from workspaces.events.models import Event
from workspaces.events.services import wire_event

_BACKFILL = timedelta(minutes=15)
_PAGE = 250
_REMEMBERED = 5_000


class Subscribe(BaseModel):
    """The one message of a subscriber."""

    model_config = ConfigDict(extra="ignore")

    type: str
    filter: Any = None
    backfill: bool | None = True


async def events_in(socket: Socket, caller: Caller, ingest: Ingest) -> None:
    """Take events, one a frame, until the client leaves. A frame that is none is passed over."""
    while True:
        await ingest.put(caller, await socket.receive_text())


async def events_out(socket: Socket, caller: Caller) -> None:
    """Replay the last minutes that match, then push what happens."""
    wanted = await asked_for(socket, EventFilter)
    if wanted is None:
        return
    message, chosen = wanted
    since, until = chosen.occurred.since, chosen.occurred.until

    def admits(event: dict[str, Any]) -> bool:
        return bool(since <= _time(event["occurred"]) <= until) and chosen.admits(event)

    subscription = Subscription(caller.workspace.id, bus.EVENTS, admits)
    sent: OrderedDict[UUID, None] = OrderedDict()
    await hub.subscribe(subscription)
    try:
        if message.backfill is not False:
            after: tuple[datetime, UUID] | None = None
            while page := await from_database(_stored, caller.workspace.id, chosen, after):
                for event in filter(admits, map(wire_event, page)):
                    await _push_once(socket, event, sent)
                after = page[-1].occurred, page[-1].id
        await forward(socket, subscription, lambda event: _push_once(socket, event, sent))
    finally:
        await hub.unsubscribe(subscription)


async def asked_for(socket: Socket, shape: type[BaseModel]) -> tuple[Subscribe, Any] | None:
    """The subscriber's message and its filter as `shape`; None when it is no such thing, with the socket closed."""
    try:
        message = Subscribe.model_validate(await socket.receive_json())
        if message.type != "filter":
            raise ValueError
    except ValueError:
        await socket.close(PROTOCOL_ERROR, "Expected 'filter' message")
        return None
    try:
        return message, shape.model_validate(message.filter or {})
    except ValidationError as error:
        await socket.close(PROTOCOL_ERROR, f"Invalid filter: {error.errors()[0]['msg']}"[:120])
        return None


async def forward(socket: Socket, subscription: Subscription, push: Callable[[dict[str, Any]], Any]) -> None:
    """Push what the subscription brings until the client leaves."""

    async def pushing() -> None:
        while True:
            await push(await subscription.queue.get())

    async def listening() -> None:
        while True:
            await socket.receive_text()

    tasks = [asyncio.create_task(pushing()), asyncio.create_task(listening())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await socket.close(UNEXPECTED)


async def _push_once(socket: Socket, event: dict[str, Any], sent: "OrderedDict[UUID, None]") -> None:
    if event["id"] in sent:
        return
    sent[event["id"]] = None
    if len(sent) > _REMEMBERED:
        sent.popitem(last=False)
    if len(str(event["payload"])) < bus.LARGEST:
        await socket.send_json({"type": "event", "event": event})


def _stored(workspace_id: UUID, chosen: EventFilter, after: tuple[datetime, UUID] | None) -> list[Event]:
    """The next page of stored events, oldest first, from at most fifteen minutes ago."""
    since = max(chosen.occurred.since, timezone.now() - _BACKFILL)
    rows = Event.objects.filter(workspace_id=workspace_id, occurred__gte=since, occurred__lte=chosen.occurred.until)
    if chosen.event and chosen.event.name and not chosen.event.prefix:
        rows = rows.filter(event__in=chosen.event.name)
    if after is not None:
        rows = rows.filter(Q(occurred__gt=after[0]) | Q(occurred=after[0], id__gt=after[1]))
    return list(rows.order_by("occurred", "id")[:_PAGE])


def _time(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
