"""The depth of JSON, which is limited because recursive code, JSON columns and subscribers limit it."""

from typing import Any


def deeper_than(levels: int, data: Any) -> bool:
    """Return whether objects and lists are nested more than `levels` deep. Does not recurse."""
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(levels):
        level = [
            part
            for parent in level
            for part in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return bool(level)
