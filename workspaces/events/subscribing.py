"""Receive the filter of a subscriber to events or logs, and forward messages to it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from core.byte_budget import ByteBudget, NoRoom
from workspaces.events.filter_limits import FILTER_BYTES, FilterTooLarge
from workspaces.events.hub import hub
from workspaces.events.subscriptions import MEGABYTE, Frame, Overrun, Subscription
from workspaces.websockets.connection import POLICY, PROTOCOL_ERROR, TOO_BIG, TRY_AGAIN, UNEXPECTED, Caller, Socket

Parsed = TypeVar("Parsed")

ACCOUNT_BYTES, TOTAL_BYTES = 64 * MEGABYTE, 512 * MEGABYTE
_COMPILED = 10  # a compiled filter takes up to this many times the bytes of its text

# The filters of all subscribers that are connected.
_filters = ByteBudget(ACCOUNT_BYTES, TOTAL_BYTES)


class Subscribe(BaseModel):
    """The message with which a subscriber begins."""

    model_config = ConfigDict(extra="ignore")

    type: str
    filter: Any = None
    backfill: bool | None = True


async def receive_filter(
    socket: Socket, caller: Caller, read: Callable[[Subscribe], Parsed], exit_stack: ExitStack
) -> Parsed | None:
    """Return the result of `read` for the subscriber's message, or None after closing the socket with a reason.

    `read` is called in a thread, since it takes a while for a large message. It may raise `ValidationError` or
    `FilterTooLarge`. The filter counts in the account's budget until `exit_stack` is closed.
    """
    raw = await socket.receive_bytes()
    if len(raw) > FILTER_BYTES:
        await socket.close(TOO_BIG, f"A filter may have at most {FILTER_BYTES} bytes")
        return None
    try:
        exit_stack.enter_context(_filters.hold(caller.account.id, len(raw) * _COMPILED))
        return await hub.threads.run(caller.tenant_id, lambda: read(_parse(raw)))
    except NoRoom:
        await socket.close(TRY_AGAIN, "The filters of this account's subscribers are too large together")
    except FilterTooLarge as error:
        await socket.close(POLICY, str(error))
    except ValidationError as error:
        await socket.close(PROTOCOL_ERROR, f"Invalid filter: {error.errors()[0]['msg']}"[:120])
    except ValueError:
        await socket.close(PROTOCOL_ERROR, "Expected 'filter' message")
    return None


async def forward(socket: Socket, subscription: Subscription, push: Callable[[Frame], Awaitable[None]]) -> None:
    """Push the frames of a subscription until the client disconnects or its filter takes too long."""

    async def pushing() -> None:
        while True:
            frame = await subscription.next()
            try:
                await push(frame)
            finally:
                subscription.sent(frame)

    await push_until_closed(socket, pushing())


async def push_until_closed(socket: Socket, pushing: Coroutine[Any, Any, None]) -> None:
    """Run `pushing` until the client disconnects, or until it raises `Overrun`, whose reason the client is told."""

    async def listening() -> None:
        while True:
            await socket.receive_bytes()

    tasks = [asyncio.create_task(pushing), asyncio.create_task(listening())]
    code, reason = UNEXPECTED, ""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except Overrun as overrun:
        code, reason = POLICY, str(overrun)
    finally:
        for task in tasks:
            task.cancel()
        await socket.close(code, reason)


def _parse(raw: bytes) -> Subscribe:
    try:
        message = Subscribe.model_validate(orjson.loads(raw))
    except ValidationError:
        raise ValueError("not a subscription") from None
    if message.type != "filter":
        raise ValueError("not a filter")
    return message
