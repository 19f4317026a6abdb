"""Values that a process remembers for a few seconds, so that a hot path need not ask the database each time."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ShortMemory(Generic[Key, Value]):
    """Remember at most `most` values, each for `seconds()`. Above that number, the oldest half is forgotten."""

    def __init__(self, most: int, *, seconds: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock = threading.Lock()
        self._values: dict[Key, tuple[float, Value]] = {}  # in the order in which they were put

    def get(self, key: Key) -> Value | None:
        """Return the value, or None if it is not known or too old."""
        known = self._values.get(key)
        if known is None or self._clock() - known[0] >= self._seconds():
            return None
        return known[1]

    def put(self, key: Key, value: Value) -> Value:
        """Remember the value, and return it."""
        with self._lock:
            self._values.pop(key, None)
            if len(self._values) >= self._most:
                self._values = dict(list(self._values.items())[-(self._most // 2) :])
            self._values[key] = (self._clock(), value)
        return value

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
