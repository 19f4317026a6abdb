"""JSON that some parsers take and no database holds."""

import re

import orjson
from pydantic_core import ErrorDetails

from accounts.rest.errors import InvalidBody

# An odd number of backslashes before it, so the NUL is meant and not its spelling.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_SUSPECT = re.compile(rb"NaN|Infinity|[eE][+]?\d{3}|\d{200}")


def without_nul(raw: bytes) -> bytes:
    """JSON text without the NUL characters that it spells \\u0000."""
    return _NUL.sub(rb"\1", raw) if b"\\u0000" in raw else raw


def storable(raw: bytes) -> bytes:
    """`raw` without NUL characters, which PostgreSQL cannot hold. Raises InvalidBody for numbers that are none."""
    raw = without_nul(raw)
    if _SUSPECT.search(raw):
        try:
            orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            detail = ErrorDetails(type="json_invalid", loc=(), msg=f"JSON decode error: {error}", input={})
            raise InvalidBody([detail], raw[:10_000].decode(errors="replace")) from None
    return raw
