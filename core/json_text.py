"""JSON text with integers of any size. orjson does not write those beyond 64 bits, and reads them as floats."""

import json
import re
from typing import Any

import orjson

_LONG_NUMBER = re.compile(r"\d{19}")


def json_text(value: Any, *, indent: bool = False) -> str:
    """Return a value as JSON, in one line or indented by two spaces."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, indent=2 if indent else None)


def parse_json(text: str) -> Any:
    """Return the value of a JSON text. Raises `orjson.JSONDecodeError` for what orjson refuses, such as NaN."""
    value = orjson.loads(text)
    return json.loads(text) if _LONG_NUMBER.search(text) else value
