"""How long a client should wait before it asks for slots again (docs/contract/concurrency.md, "Waiting").

The more slots were refused lately, the longer, so that a thousand waiting tasks do not ask every second.
"""

import math
import random
from collections.abc import Sequence
from datetime import datetime

from workspaces.concurrency.models import ConcurrencyLimit

_LONGEST_WAIT = 30.0
_LONGEST_WAIT_OF_TAG = 10.0
_SHORTEST_OCCUPANCY = 0.1
_SAMPLES_PER_SLOT = 2
_SPREAD = 0.3
_MOST_DENIED = 1e9


def note_denied(limit: ConcurrencyLimit, slots: int, now: datetime) -> None:
    """Count slots that were refused, without saving the limit."""
    denied = limit.denied_slots
    if limit.denied_at is not None:
        rate = limit.slot_decay_per_second or 1 / _seconds_per_slot(limit)
        denied = max(0.0, denied - rate * (now - limit.denied_at).total_seconds())
    limit.denied_slots, limit.denied_at = min(denied + slots, _MOST_DENIED), now


def note_occupancy(limit: ConcurrencyLimit, seconds: float, slots: int) -> None:
    """Move the average time for which a slot is held, without saving the limit."""
    weight = 1 / max(limit.limit * _SAMPLES_PER_SLOT, 1)
    held = max(seconds / slots, _SHORTEST_OCCUPANCY)
    limit.avg_slot_occupancy_seconds += (held - limit.avg_slot_occupancy_seconds) * weight


def retry_after(limits: Sequence[ConcurrencyLimit], slots: int) -> float:
    """Return the seconds to wait for the limit that is asked for the most, with some spread."""
    waits = [_wait(limit, slots) for limit in limits if limit.limit]
    return _spread(max(waits, default=_LONGEST_WAIT))


def _wait(limit: ConcurrencyLimit, slots: int) -> float:
    wanted = slots + limit.denied_slots
    if limit.is_rate_limit:
        return min(wanted / limit.slot_decay_per_second, 3600.0)
    return min(_seconds_per_slot(limit) * wanted / limit.limit, _longest_wait(limit))


def _seconds_per_slot(limit: ConcurrencyLimit) -> float:
    return max(_SHORTEST_OCCUPANCY, min(limit.avg_slot_occupancy_seconds, _longest_wait(limit)))


def _longest_wait(limit: ConcurrencyLimit) -> float:
    return _LONGEST_WAIT_OF_TAG if limit.name.startswith("tag:") else _LONGEST_WAIT


def _spread(seconds: float) -> float:
    """Return a random time around `seconds`, at most 30 percent away. Waits of a Poisson process are exponential."""
    drawn = -math.log(max(random.random(), 1e-9)) * seconds  # noqa: S311  not a secret
    return min(max(drawn, seconds * (1 - _SPREAD)), seconds * (1 + _SPREAD))
