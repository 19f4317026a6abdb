"""The websocket `/logs/out`, which sends log lines as they are written. Earlier lines are not replayed.

See docs/contract/client-protocol.md, "Log subscriptions".
"""

from contextlib import ExitStack

from workspaces.events import bus
from workspaces.events.hub import hub
from workspaces.events.subscribing import Subscribe, forward, receive_filter
from workspaces.events.subscriptions import Frame, Subscription
from workspaces.filters.logs import LogFilter
from workspaces.runs.log_matching import LogMatcher
from workspaces.websockets.connection import Caller, Socket


async def logs_out(socket: Socket, caller: Caller) -> None:
    """Receive a filter, then push the log lines that match it until the client disconnects."""
    with ExitStack() as exit_stack:
        matcher = await receive_filter(socket, caller, _read_filter, exit_stack)
        if matcher is None:
            return
        subscription = Subscription(caller.workspace.id, bus.LOGS, matcher, hub.budget)

        async def push(frame: Frame) -> None:
            await socket.send_frame(frame[1])

        async with hub.subscribed(subscription):
            await forward(socket, subscription, push)


def _read_filter(message: Subscribe) -> LogMatcher:
    return LogMatcher(LogFilter.model_validate(message.filter or {}))
