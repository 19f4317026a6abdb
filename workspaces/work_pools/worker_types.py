"""The types of workers that Prefect has, by package: names, and templates for new pools.

`scripts/worker_types.py` writes the file.
"""

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from orjson import Fragment

_FILE = Path(__file__).with_name("worker_types.json")


@cache
def worker_types() -> dict[str, dict[str, Any]]:
    """Return the types by package and name. Do not change the dictionary."""
    types: dict[str, dict[str, Any]] = orjson.loads(_FILE.read_bytes())
    return types


@cache
def worker_types_json() -> Fragment:
    """Return the types as JSON for an answer."""
    return Fragment(orjson.dumps(worker_types()))
