"""Rate limits of an account, which its people and service accounts share.

Only callers who belong to the account are counted, so that nobody else can use up its limits.
"""

import asyncio
import time
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request

from accounts.endpoints import KeyView
from accounts.models import Account, ApiKey
from core.fair_threads import FairThreads
from core.rate_limits import PERIOD, RateLimiter
from core.rest.rate_limits import counters, processor_time, refuse_after, wait_for_key
from core.rest.views import body_size
from orgs.plans import RateLimits, limits_of, remembered_limits_of

_requests = RateLimiter("account-requests", counters=counters)
_bytes = RateLimiter("account-bytes", counters=counters)
_lines = RateLimiter("account-lines", counters=counters)
_key_lines = RateLimiter("key-lines", counters=counters)

_threads = FairThreads(1, "plans")

# A usual event has 2 kB. Reading, storing and sending a large one blocks the whole process for a moment.
LARGE_EVENT = 65_536
LARGE_EVENT_BYTES_PER_SECOND = 500_000
_LONGEST_WAIT = 60.0
_MOST_ACCOUNTS = 10_000
_next_large_event: dict[UUID, float] = {}  # by account: when it may send its next large event


def admit(view: KeyView, request: Request, account: Account) -> None:
    """Count a request, and its processor time when it ends. Raises `ApiError` 429 if the account reached a limit."""
    limits, subject = limits_of(account), str(account.id)
    refuse_after(_requests.take(subject, limits.requests), "requests in this account")
    if size := body_size(request):
        refuse_after(_bytes.take(subject, limits.bytes, size), "bytes sent to this account")
    if limits.processor_seconds:
        rate = limits.processor_seconds / PERIOD
        refuse_after(processor_time.enter(subject, rate), "expensive requests in this account")
        view.charged_to = subject


def limit_lines(account: Account, key: ApiKey, lines: int) -> None:
    """Count log lines before they are stored. Raises `ApiError` 429 if the key or the account reached its limit."""
    if not lines:
        return
    wait = _key_lines.take(str(key.id), settings.RATE_LIMITS["key_lines"], lines)
    refuse_after(wait, "log lines and events with this key")
    refuse_after(_lines.take(str(account.id), limits_of(account).lines, lines), "log lines and events in this account")


async def wait_to_open(account: Account, key: ApiKey) -> None:
    """Count the opening of a websocket as a request, after waiting while the key or the account is over its limit.

    A client drops the events that it holds if its websocket is refused. It keeps them while it waits.
    """
    await wait_for_key(key.id)
    await _requests.wait(str(account.id), (await _limits_now(account)).requests)


async def wait_for_allowance(account: Account, key: ApiKey, size: int) -> None:
    """Count an event of `size` bytes, after waiting while the key or the account is over its limit.

    An event cannot be refused, because events are not acknowledged. The websocket is not read during the wait, so the
    client holds its events back.
    """
    if size >= LARGE_EVENT:
        await _wait_for_turn(account.id, size)
    limits = await _limits_now(account)
    await _key_lines.wait(str(key.id), settings.RATE_LIMITS["key_lines"])
    await _lines.wait(str(account.id), limits.lines)
    await _bytes.wait(str(account.id), limits.bytes, size)


async def _limits_now(account: Account) -> RateLimits:
    """Return the account's limits. A thread reads them if they are not known, because the event loop must not wait."""
    known = remembered_limits_of(account)
    return known if known is not None else await _threads.run(account.id, limits_of, account)


async def _wait_for_turn(account_id: UUID, size: int) -> None:
    """Wait so that the large events of an account are accepted at a steady pace. The first one does not wait."""
    now = time.monotonic()
    if len(_next_large_event) >= _MOST_ACCOUNTS:
        for due_account in [known_account for known_account, due in _next_large_event.items() if due <= now]:
            del _next_large_event[due_account]
    begin = min(max(now, _next_large_event.get(account_id, 0.0)), now + _LONGEST_WAIT)
    _next_large_event[account_id] = begin + size / LARGE_EVENT_BYTES_PER_SECOND
    await asyncio.sleep(begin - now)
