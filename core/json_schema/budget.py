"""What one validation may cost.

References can be followed exponentially often, so a schema's size says little about the cost. Each keyword that is
evaluated takes steps from a budget instead. A step is about four microseconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import thread_time_ns
from typing import Any

STEPS = 12_000
# Keywords inside keywords. A level takes five frames of Python's stack at most, which must not overflow: below it are
# extension modules that panic instead of raising RecursionError.
LEVELS = 120
_NANOSECONDS = 4_000


class BudgetExhausted(Exception):
    """The validation has used all its steps."""


class TooDeep(Exception):
    """Keywords refer to keywords without end, or nearly so."""


class Budget:
    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps
        self._level = 0
        self._sizes: dict[int, int] = {}

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise BudgetExhausted

    def enter(self) -> None:
        """Go one level deeper; `leave` goes back."""
        if self._level >= LEVELS:
            raise TooDeep
        self._level += 1

    def leave(self) -> None:
        self._level -= 1

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Spend steps for the time that the block takes, for work whose cost is not known beforehand."""
        start = thread_time_ns()
        try:
            yield
        finally:
            self.spend(1 + (thread_time_ns() - start) // _NANOSECONDS)

    def size(self, value: Any) -> int:
        """Return the number of values inside a value. Containers are counted once: they live as long as the budget."""
        if not isinstance(value, dict | list):
            return 1
        known = self._sizes.get(id(value))
        if known is None:
            parts = value.values() if isinstance(value, dict) else value
            known = self._sizes[id(value)] = 1 + sum(map(self.size, parts))
            self.spend(len(value) // 8)
        return known


_current: ContextVar[Budget] = ContextVar("json_schema_budget")


def current() -> Budget:
    return _current.get()


@contextmanager
def limited(steps: int = STEPS) -> Iterator[Budget]:
    """Run a block with its own budget."""
    budget = Budget(steps)
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)
