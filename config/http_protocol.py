"""uvicorn's HTTP that cuts off a client which does not read its answer.

What waits for it would take memory, and an answer that is written while it is sent keeps a thread, for ever.
Started by `uvicorn --http config.http_protocol:BoundedHttp`.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

STALLED_SECONDS = 20.0
LEAST_BYTES = 500_000  # that a client takes in this time while more waits for it


class BoundedHttp(HttpToolsProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stall_timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_stall()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_watching()

    def _watch_stall(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(STALLED_SECONDS, self._check_stall, waiting)

    def _check_stall(self, before: int) -> None:
        if self.transport.get_write_buffer_size() > before - LEAST_BYTES:
            self.transport.abort()
        else:
            self._watch_stall()

    def _stop_watching(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
