"""Decide which requests another process handles, so that they do not slow down the short requests of others.

A request that keeps Python's interpreter lock, or a thread, makes all others in its process wait. So a site has a
process for heavy requests: those with a large body, those of accounts that used much processor time lately, and those
of accounts that have some running already.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from core.rest.rate_limits import busy_accounts

LARGE = 100_000  # bytes of a body; deploy/nginx.conf has the same number
MOST_AT_ONCE = 2  # requests of one account that the process for usual requests handles concurrently
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# The API of a workspace, and the events of an account.
_HEAVY_API = re.compile(rf"/api/accounts/({_UUID})/(?:workspaces/{_UUID}|events)/")

_lock = threading.Lock()
_running: Counter[str] = Counter()  # by account


def account_of(path: str) -> str | None:
    """Return the account id in a path whose requests can be heavy, or None for other paths."""
    match = _HEAVY_API.match(path)
    return match[1] if match else None


def is_busy(account: str) -> bool:
    """Return whether the account used much processor time recently, or has MOST_AT_ONCE requests running."""
    return _running[account] >= MOST_AT_ONCE or account in busy_accounts


@contextmanager
def running(account: str | None) -> Iterator[None]:
    """Count a request of the account while the block runs. With `None`, count nothing."""
    if account is None:
        yield
        return
    with _lock:
        _running[account] += 1
    try:
        yield
    finally:
        with _lock:
            _running[account] -= 1
            if not _running[account]:
                del _running[account]
