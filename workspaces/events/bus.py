"""Push events and log lines to all processes with subscribers, by Redis or by datagrams on one machine.

Messages may get lost. `sweep.py` finds lost events in the database; log lines that get lost are not pushed again.
"""

import hashlib
import logging
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import redis
from django.conf import settings

from core.rest.responses import json_bytes

logger = logging.getLogger("bailiwick.bus")

EVENTS, LOGS = b"e", b"l"
# A subscriber's client refuses messages of 1 MiB (docs/contract/client-protocol.md, "Message sizes"); a datagram
# holds about 200 kB.
LARGEST = 1_000_000
_DATAGRAM_BYTES = 180_000
_MESSAGE_BYTES = 500_000


def publish(workspace_id: UUID, kind: bytes, items: Sequence[dict[str, Any]]) -> None:
    """Push items of a workspace that are stored already. If pushing fails, log it and go on."""
    try:
        if settings.REDIS_URL:
            for message in pack(kind, items):
                _redis().publish(channel(workspace_id), message)
        elif listeners := _listeners():
            for message in pack(kind, items, largest=_DATAGRAM_BYTES, full=_DATAGRAM_BYTES):
                for listener in listeners:
                    _send_one(workspace_id.bytes + message, listener)
    except (OSError, redis.RedisError) as error:
        logger.warning("Subscribers will hear of %s later: %s", workspace_id, error)


def channel(workspace_id: UUID) -> str:
    """Return the name of the workspace's Redis channel."""
    return f"bailiwick:{_installation_id()}:{workspace_id}"


def socket_folder() -> Path:
    """Return the folder of the sockets of listening processes, a short path since sockets allow about 100 characters.

    Raises `PermissionError` if it belongs to another user.
    """
    folder = Path(tempfile.gettempdir()) / f"bailiwick-{os.getuid()}-{_installation_id()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def pack(
    kind: bytes, items: Iterable[dict[str, Any]], *, largest: int = LARGEST, full: int = _MESSAGE_BYTES
) -> Iterator[bytes]:
    """Yield messages of at most `full` bytes, or of one item. Omits items of `largest` bytes and more."""
    parts: list[bytes] = []
    size = 0
    for part in map(json_bytes, items):
        if len(part) >= largest:
            continue
        if parts and size + len(part) > full:
            yield kind + b"[" + b",".join(parts) + b"]"
            parts, size = [], 0
        parts.append(part)
        size += len(part) + 1
    if parts:
        yield kind + b"[" + b",".join(parts) + b"]"


def _send_one(message: bytes, listener: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(message, str(listener))
        except (ConnectionRefusedError, FileNotFoundError):
            listener.unlink(missing_ok=True)  # its process has ended
        except BlockingIOError:
            pass  # its queue is full; events are found by the sweep


def _listeners() -> list[Path]:
    return list(socket_folder().glob("*.sock"))


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)


@cache
def _installation_id() -> str:
    """Return an id that separates this installation from others on the same machine or Redis server."""
    return hashlib.sha256(f"bus {settings.SECRET_KEY}".encode()).hexdigest()[:12]
