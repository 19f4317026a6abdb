"""From whoever wrote to every process with subscribers: by Redis, or by datagrams between the processes of one machine.

What is sent here is a copy. An event that gets lost is found again in the database by the subscribers' sweep; a log
line that gets lost is not pushed again, but it is stored.
"""

import hashlib
import logging
import os
import socket
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import redis
from django.conf import settings

from accounts.rest.answers import json_bytes

logger = logging.getLogger("bailiwick.bus")

EVENTS, LOGS = b"e", b"l"
# A subscriber's client refuses messages of 1 MiB (client-protocol.md 3.1); a datagram holds about 200 kB.
LARGEST = 1_000_000
_DATAGRAM = 180_000


def publish(workspace_id: UUID, kind: bytes, items: Sequence[dict[str, Any]]) -> None:
    """Push items of one workspace. Never raises: the database has them."""
    try:
        if settings.REDIS_URL:
            _redis().publish(channel(workspace_id), kind + json_bytes(items))
        elif listeners := _listeners():
            _send(workspace_id, kind, items, listeners)
    except (OSError, redis.RedisError) as error:
        logger.warning("Subscribers will hear of %s later: %s", workspace_id, error)


def channel(workspace_id: UUID) -> str:
    return f"bailiwick:{_installation()}:{workspace_id}"


def unpack(message: bytes) -> tuple[bytes, list[dict[str, Any]]]:
    """The kind and the items of a message."""
    return message[:1], orjson.loads(message[1:])


def socket_folder() -> Path:
    """Where listening processes have their sockets: a short path, since those hold some hundred characters."""
    folder = Path(tempfile.gettempdir()) / f"bailiwick-{os.getuid()}-{_installation()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def _send(workspace_id: UUID, kind: bytes, items: Sequence[dict[str, Any]], listeners: list[Path]) -> None:
    parts = [json_bytes(item) for item in items]
    parts = [part for part in parts if len(part) < _DATAGRAM]
    while parts:
        size, taken = 0, 0
        while taken < len(parts) and size + len(parts[taken]) < _DATAGRAM:
            size += len(parts[taken]) + 1
            taken += 1
        message = workspace_id.bytes + kind + b"[" + b",".join(parts[:taken]) + b"]"
        parts = parts[taken:]
        for listener in listeners:
            _send_one(message, listener)


def _send_one(message: bytes, listener: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(message, str(listener))
        except (ConnectionRefusedError, FileNotFoundError):
            listener.unlink(missing_ok=True)  # its process is gone
        except BlockingIOError:
            pass  # a full queue: the sweep brings it


def _listeners() -> list[Path]:
    return list(socket_folder().glob("*.sock"))


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)


@cache
def _installation() -> str:
    """Tells this installation's messages from those of another on the same machine or Redis."""
    return hashlib.sha256(f"bus {settings.SECRET_KEY}".encode()).hexdigest()[:12]
