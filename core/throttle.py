"""Do something at most once per interval and key, in one process."""

import time
from collections.abc import Hashable

_MOST_KEYS = 10_000


class Throttle:
    """Remembers when each key was last due. With more than 10,000 keys it forgets all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last_due: dict[Hashable, float] = {}

    def is_due(self, key: Hashable) -> bool:
        """Return whether the key was not due within the interval. If so, it is not due again until that has passed."""
        now = time.monotonic()
        if now - self._last_due.get(key, -self._seconds) < self._seconds:
            return False
        if len(self._last_due) >= _MOST_KEYS:
            self._last_due.clear()
        self._last_due[key] = now
        return True

    def clear(self) -> None:
        self._last_due.clear()
