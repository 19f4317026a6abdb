"""The caller of a request, by its headers: the API key and the address."""

import base64
import binascii
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def key_value(header: str) -> str:
    """Return the API key in the value of an Authorization header, or an empty text."""
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


def sends_basic(request: HttpRequest) -> bool:
    """Return whether the caller sends the key as a password, as Prefect does with PREFECT_API_AUTH_STRING."""
    return bool(request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic "))


def client_address(request: HttpRequest) -> str:
    """Return the address that a request comes from."""
    return caller_address(str(request.META.get("REMOTE_ADDR", "")), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def caller_address(peer: str, chain: str) -> str:
    """Return the caller's address: the last one in `chain`, the X-Forwarded-For header, which our proxy adds.

    Anybody may have written the addresses before it. Without a trusted proxy, return the `peer` of the connection.
    """
    if settings.BEHIND_PROXY and chain:
        try:
            return str(ip_address(chain.rpartition(",")[2].strip()))
        except ValueError:
            return ""
    return peer
