"""JSON responses."""

import json
from datetime import datetime
from typing import Any

import orjson
from django.http import HttpResponse


class Answer(HttpResponse):
    """A response with `data` as JSON: times in UTC with a Z, and with microseconds unless they are zero.

    See docs/contract/conventions.md, "Serialization".
    """

    def __init__(self, data: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(json_bytes(data), content_type="application/json", status=status, headers=headers)


def json_bytes(data: Any) -> bytes:
    try:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        # For instance a number beyond 64 bits in the parameters of a run.
        return json.dumps(data, default=_spelled).encode()


def _spelled(value: Any) -> Any:
    if isinstance(value, orjson.Fragment):
        return json.loads(orjson.dumps(value))
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


class NoContent(HttpResponse):
    """An empty response with status 204."""

    def __init__(self) -> None:
        super().__init__(status=204)
        del self["Content-Type"]
