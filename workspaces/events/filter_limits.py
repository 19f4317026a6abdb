"""Limits on the filters of subscriptions: their size, and the time that a filter may take."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

FILTER_BYTES = 256 * 1024
VALUES = 2_000
PATTERNS = 100
PATTERN_LENGTH = 500
PARTS = 20
LONGEST_SECONDS = 0.5


class FilterTooLarge(ValueError):
    """A filter exceeds one of the limits. The message names the limit."""


class FilterTooSlow(Exception):
    """A filter took too long for some messages."""


class FilterSize:
    """Count the values and patterns of a filter. Raises `FilterTooLarge` as soon as there are too many."""

    def __init__(self) -> None:
        self._values = self._patterns = 0

    def add_values(self, values: Sequence[Any] | None) -> None:
        """Count values that are compared for equality."""
        self._values += len(values or ())
        if self._values > VALUES:
            raise FilterTooLarge(f"A filter may hold at most {VALUES} values")

    def add_patterns(self, patterns: Iterable[str] | None) -> None:
        """Count prefixes and globs, and check their lengths."""
        for pattern in patterns or ():
            self._patterns += 1
            if self._patterns > PATTERNS:
                raise FilterTooLarge(f"A filter may hold at most {PATTERNS} prefixes and patterns")
            if len(pattern) > PATTERN_LENGTH:
                raise FilterTooLarge(f"A prefix or pattern may have at most {PATTERN_LENGTH} characters")


class Deadline:
    """The time until which a filter may test some messages, which are tested one after the other."""

    def __init__(self) -> None:
        self._end = float("inf")

    def start(self) -> None:
        """Give the filter `LONGEST_SECONDS` from now on."""
        self._end = time.monotonic() + LONGEST_SECONDS

    def check(self) -> None:
        """Raise `FilterTooSlow` if the time is over."""
        if time.monotonic() > self._end:
            raise FilterTooSlow
