"""The websockets `/events/in`, to which clients send events, and `/events/out`, which sends events to subscribers.

See docs/contract/events.md, "Sending" and "Reading".
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from uuid import UUID

from core.byte_budget import ByteBudget, NoRoom
from orgs.rate_limits import wait_for_allowance
from workspaces.events import bus
from workspaces.events.backfill import stored_frames
from workspaces.events.filters import EventFilter
from workspaces.events.hub import hub
from workspaces.events.ingest import DROPPED_FRAMES, Ingest, TooManyBadFrames
from workspaces.events.matching import EventMatcher
from workspaces.events.messages import EventMessage
from workspaces.events.run_bounds import is_of_run
from workspaces.events.subscribing import Subscribe, forward, receive_filter
from workspaces.events.subscriptions import MEGABYTE, Frame, Subscription
from workspaces.websockets.connection import POLICY, TRY_AGAIN, Caller, Socket

ACCOUNT_BYTES, TOTAL_BYTES = 32 * MEGABYTE, 256 * MEGABYTE
_REMEMBERED = 5_000

# Frames that were received and wait for the account's allowance, or for room in the ingest.
_received = ByteBudget(ACCOUNT_BYTES, TOTAL_BYTES)


async def events_in(socket: Socket, caller: Caller, ingest: Ingest) -> None:
    """Receive events, one in each frame, until the client disconnects. Frames that are not events are ignored.

    While a socket is not read, its client keeps its events, but the frame that was read last waits in memory. If these
    frames are too large together for an account, the socket is closed.
    """
    connection, account = ingest.connected(caller.workspace, caller.run), caller.workspace.account
    try:
        while True:
            frame = await socket.receive_bytes()
            with _received.hold(account.id, len(frame)):
                await wait_for_allowance(account, caller.key, len(frame))
                await connection.put(frame)
            del frame
    except NoRoom:
        await socket.close(TRY_AGAIN, "Too many bytes of events of this account wait")
    except TooManyBadFrames:
        await socket.close(POLICY, f"More than {DROPPED_FRAMES} frames were no events that can be stored")


async def events_out(socket: Socket, caller: Caller) -> None:
    """Receive a filter, send the matching events of the last minutes, then push new ones."""
    with ExitStack() as exit_stack:
        subscribed = await receive_filter(socket, caller, _read_filter, exit_stack)
        if subscribed is not None:
            await _push_events(socket, caller, *subscribed)


async def _push_events(
    socket: Socket, caller: Caller, event_filter: EventFilter, matcher: EventMatcher, replay: bool
) -> None:
    matches: Callable[[EventMessage], bool] = matcher
    if (run := caller.run) is not None:
        matches = lambda event: is_of_run(run, event.data) and matcher(event)  # noqa: E731
    subscription = Subscription(caller.workspace.id, bus.EVENTS, matches, hub.budget, matcher.deadline)
    sent: OrderedDict[UUID, None] = OrderedDict()

    async def push_once(frame: Frame) -> None:
        event_id, text = frame
        if event_id in sent:
            return
        sent[event_id] = None
        if len(sent) > _REMEMBERED:
            sent.popitem(last=False)
        await socket.send_frame(text)

    async with hub.subscribed(subscription):
        if replay:
            async with aclosing(stored_frames(subscription, event_filter)) as frames:
                async for frame in frames:
                    await push_once(frame)
        await forward(socket, subscription, push_once)


def _read_filter(message: Subscribe) -> tuple[EventFilter, EventMatcher, bool]:
    event_filter = EventFilter.model_validate(message.filter or {})
    return event_filter, EventMatcher(event_filter), message.backfill is not False
