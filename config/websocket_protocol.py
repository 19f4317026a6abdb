"""uvicorn's websockets, with limits on the memory and the event loop time of each connection.

Started by `uvicorn --ws config.websocket_protocol:BoundedProtocol`. uvicorn promises nothing about the class that this
one extends; tests/config/test_websocket_protocol.py holds its behaviour.
"""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from core.asgi_extensions import MESSAGE_SIZE

FIRST_MESSAGE_BYTES = 64 * 1024  # until the application allows more
SLICE_BYTES = 16 * 1024  # parsed at a time
PINGS_PER_SECOND = 100
FRAGMENTS = 1_000  # of one message
STALLED_SECONDS = 20.0  # without reading any of the data that waits for it
CLOSING_SECONDS = 15.0
_LARGE = 64 * 1024
UNFINISHED_BYTES = 128 * 1024 * 1024  # of large messages, over all connections
POLICY, TRY_AGAIN = 1008, 1013


class BoundedProtocol(WebSocketsSansIOProtocol):
    """Read only when the application asks for a message, parse in slices, and cut off a client that does not read."""

    # Connections that are receiving a large message, in the order in which they began.
    unfinished: ClassVar["OrderedDict[BoundedProtocol, int]"] = OrderedDict()
    unfinished_bytes: ClassVar[int] = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.max_message_size = FIRST_MESSAGE_BYTES
        self._unparsed = bytearray()
        self._parsing: asyncio.Handle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._abort_timer: asyncio.TimerHandle | None = None
        self._pings, self._pings_since = 0, 0.0

    def limit_messages(self, size: int) -> None:
        self.conn.max_message_size = min(size, self.config.ws_max_size)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # otherwise the handshake was refused
            self.scope["extensions"][MESSAGE_SIZE] = {"limit": self.limit_messages}

    # ------------------------------------------------------------ reading
    def data_received(self, data: bytes) -> None:
        if not self._unparsed and len(data) <= SLICE_BYTES:
            self._parse(data)
            return
        self._unparsed += data
        self.transport.pause_reading()
        if self._parsing is None and not self.read_paused:
            self._parse_slice()

    async def receive(self) -> Any:
        """Return the next message. Reading resumes when the application asks for one that has not arrived."""
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self._unparsed:
                self._parse_soon()
            elif not self.disconnected:
                self.transport.resume_reading()
        return await self.queue.get()

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        self._note_unfinished(len(self.conn.reader.buffer) + (self.conn.current_size or 0))

    def _parse_slice(self) -> None:
        self._parsing = None
        if self.read_paused or self.disconnected:
            return
        data = bytes(self._unparsed[:SLICE_BYTES])
        del self._unparsed[:SLICE_BYTES]
        self._parse(data)
        if self.read_paused or self.transport.is_closing():
            return
        if self._unparsed:
            self._parse_soon()
        else:
            self.transport.resume_reading()

    def _parse_soon(self) -> None:
        if self._parsing is None:
            self._parsing = self.loop.call_soon(self._parse_slice)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= FRAGMENTS:
            self._fail(POLICY, "Too many fragments")
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        now = self.loop.time()
        if now - self._pings_since > 1:
            self._pings, self._pings_since = 0, now
        self._pings += 1
        if self._pings > PINGS_PER_SECOND:
            self._fail(POLICY, "Too many pings")
        elif not self.close_sent:
            super().handle_ping()

    def keepalive_timeout(self) -> None:
        if self.read_paused or self._unparsed:  # the pong may have arrived unread
            self.pong_timer = None
            self.pending_ping_payload = None
            self.schedule_ping()
        else:
            super().keepalive_timeout()

    def _note_unfinished(self, size: int) -> None:
        """Close the oldest unfinished large message if there are too many. Honest ones are short-lived."""
        kind = type(self)
        size = size if size > _LARGE and not self.close_sent else 0
        kind.unfinished_bytes += size - kind.unfinished.get(self, 0)
        if size:
            kind.unfinished[self] = size
        else:
            kind.unfinished.pop(self, None)
        while kind.unfinished_bytes > UNFINISHED_BYTES:
            next(iter(kind.unfinished))._fail(TRY_AGAIN, "Too many unfinished messages")

    def _fail(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.close()
        self._note_unfinished(0)

    # ------------------------------------------------------------ writing
    async def send(self, message: Any) -> None:
        """Send a message, and return once most of it was sent, so that the application knows what is still waiting."""
        await super().send(message)
        if message["type"] == "websocket.send":
            await self.writable.wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_stall()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_stall()

    def _watch_stall(self) -> None:
        size = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(STALLED_SECONDS, self._check_stall, size)

    def _check_stall(self, before: int) -> None:
        if self.transport.get_write_buffer_size() >= before:
            self.transport.abort()
        else:
            self._watch_stall()

    def _cancel_stall(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    # ------------------------------------------------------------ the end
    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self._abort_timer = self.loop.call_later(CLOSING_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        # Pass what arrived before the end to the application. It is less than one read of the transport.
        self.read_paused = True
        while self._unparsed and not self.close_sent:
            data = bytes(self._unparsed[:SLICE_BYTES])
            del self._unparsed[:SLICE_BYTES]
            super().data_received(data)
        self._unparsed.clear()
        super().connection_lost(exc)
        self._note_unfinished(0)
        self._cancel_stall()
        for timer in (self._parsing, self._abort_timer):
            if timer is not None:
                timer.cancel()
