"""`/logs/out`: log lines as they are written (client-protocol.md 3.4). Live only, nothing is replayed."""

from typing import Any

from workspaces.channel import Caller, Socket
from workspaces.events import bus
from workspaces.events.hub import Subscription, hub
from workspaces.events.sockets import asked_for, forward
from workspaces.runs.log_filters import LogFilter


async def logs_out(socket: Socket, caller: Caller) -> None:
    wanted = await asked_for(socket, LogFilter)
    if wanted is None:
        return
    chosen: LogFilter = wanted[1]

    async def push(line: dict[str, Any]) -> None:
        line.pop("workspace_id", None)
        await socket.send_json({"type": "log", "log": {**line, "created": None, "updated": None}})

    subscription = Subscription(caller.workspace.id, bus.LOGS, chosen.admits)
    await hub.subscribe(subscription)
    try:
        await forward(socket, subscription, push)
    finally:
        await hub.unsubscribe(subscription)
