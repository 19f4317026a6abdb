"""Small rate limits with a clock of their own, so that no test depends on when a minute begins."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from core.rate_limits import PERIOD
from core.rest import rate_limits as of_keys
from orgs import rate_limits as of_accounts

LIMITERS = (
    of_keys._key_requests,
    of_keys._address_requests,
    of_keys._wrong_keys,
    of_keys._guesses,
    of_accounts._requests,
    of_accounts._bytes,
    of_accounts._lines,
    of_accounts._key_lines,
)


@dataclass
class Minute:
    """The clock of all limiters. It stands still unless told otherwise."""

    settings: Any
    now: float = 1_800_000_000.0
    runs_since: float | None = None

    def __call__(self) -> float:
        return self.now + (time.monotonic() - self.runs_since if self.runs_since is not None else 0)

    def limit(self, **numbers: int) -> None:
        """Set these limits and take all others away."""
        unlimited = dict.fromkeys(self.settings.RATE_LIMITS, 0)
        self.settings.RATE_LIMITS = {**unlimited, **numbers}

    def pass_on(self, seconds: float) -> None:
        self.now += seconds

    def set(self, *, left: float, running: bool = False) -> None:
        """Leave `left` seconds until the next minute, on a clock that may run from now on."""
        self.now = self.now // PERIOD * PERIOD + PERIOD - left
        self.runs_since = time.monotonic() if running else None


@pytest.fixture
def minute(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Minute:
    clock = Minute(settings)
    for limiter in LIMITERS:
        monkeypatch.setattr(limiter, "_clock", clock)
    return clock
