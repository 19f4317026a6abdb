"""`/logs/out`: log lines as they are written (client-protocol.md 3.4). Live only, nothing is replayed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from workspaces.channel import Caller, Socket
from workspaces.events import bus
from workspaces.events.filters import matches_text
from workspaces.events.hub import Subscription, hub
from workspaces.events.sockets import asked_for, forward
from workspaces.runs.filters import LogFilter


async def logs_out(socket: Socket, caller: Caller) -> None:
    wanted = await asked_for(socket, LogFilter)
    if wanted is None:
        return
    chosen: LogFilter = wanted[1]

    async def push(line: dict[str, Any]) -> None:
        line.pop("workspace_id", None)
        await socket.send_json({"type": "log", "log": {**line, "created": None, "updated": None}})

    subscription = Subscription(caller.workspace.id, bus.LOGS, lambda line: _admits(chosen, line))
    await hub.subscribe(subscription)
    try:
        await forward(socket, subscription, push)
    finally:
        await hub.unsubscribe(subscription)


def _admits(chosen: LogFilter, line: dict[str, Any]) -> bool:
    """The log filter, held against one line in memory."""
    if chosen.level:
        least, most = chosen.level.ge_, chosen.level.le_
        if (least is not None and line["level"] < least) or (most is not None and line["level"] > most):
            return False
    if chosen.timestamp:
        when = datetime.fromisoformat(line["timestamp"])
        after, before = chosen.timestamp.after_, chosen.timestamp.before_
        if (after and when < after) or (before and when > before):
            return False
    for part, run_id in ((chosen.flow_run_id, line["flow_run_id"]), (chosen.task_run_id, line["task_run_id"])):
        if part and part.any_ is not None and _id(run_id) not in part.any_:
            return False
    return chosen.text is None or matches_text(chosen.text.query, line["message"])


def _id(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
