"""Who calls: `Authorization: Bearer KEY`, or Basic with the key as the password (client-protocol.md 3.1)."""

import base64
import binascii
import time
from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import ApiKey, User
from accounts.services.keys import find_key

_NOTED_EVERY = 60.0  # seconds between two notes of one key's use from one process
_noted: dict[UUID, float] = {}


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        value = key_value(request.META.get("HTTP_AUTHORIZATION", ""))
        key = find_key(value) if value else None
        if key is None:
            return None
        note_use(key, client_address(request._request))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def key_value(header: str) -> str:
    """The API key in an Authorization header's value; empty when there is none."""
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return decoded.rpartition(":")[2]
    return ""


def client_address(request: HttpRequest) -> str:
    """Where a request comes from."""
    return caller_address(str(request.META.get("REMOTE_ADDR", "")), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def caller_address(peer: str, chain: str) -> str:
    """Who calls, as the one proxy that we trust says at the end of `chain`, the X-Forwarded-For header.

    What stands before its own words, anybody may have written. Without such a proxy it is the `peer` of our connection.
    """
    if settings.BEHIND_PROXY and chain:
        try:
            return str(ip_address(chain.rpartition(",")[2].strip()))
        except ValueError:
            return ""
    return peer


def note_use(key: ApiKey, address: str) -> None:
    """Leave the key's last use to the work queue, at most once a minute: a request writes no row for it."""
    now = time.monotonic()
    if now - _noted.get(key.id, -_NOTED_EVERY) < _NOTED_EVERY:
        return
    if len(_noted) > 10_000:
        _noted.clear()
    _noted[key.id] = now
    from accounts.tasks import note_key_use, soon  # Celery is loaded by the first use, not by the import

    soon(note_key_use, str(key.id), timezone.now().isoformat(), address)
