"""Drop whole partitions of events and logs that no account may keep, which gives their disk back at once."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from core.db.partitions import drop_before
from workspaces.events.models import Event
from workspaces.retention.models import LegalHold
from workspaces.retention.rules import account_retentions
from workspaces.runs.models import Log

logger = logging.getLogger("bailiwick.retention")

_ACCOUNTS = 500
_SAFETY = timedelta(days=1)


def drop_old_partitions() -> None:
    """Drop the partitions whose rows are all older than the longest retention of any account.

    Drops none as long as an account keeps its rows for ever, or a workspace is on legal hold.
    """
    if connection.vendor != "postgresql" or LegalHold.objects.exists():
        return
    for model, kind in ((Event, "events"), (Log, "logs")):
        days = _longest(kind)
        if days is not None and (dropped := drop_before(model, timezone.now() - timedelta(days=days) - _SAFETY)):
            logger.info("Dropped the partitions %s", ", ".join(dropped))


def _longest(kind: str) -> int | None:
    """Return the most days for which an account keeps rows of a kind, or None if one keeps them for ever."""
    longest, last = 0, None
    while ids := _next_accounts(last):
        last = ids[-1]
        for retention in account_retentions(ids).values():
            days = getattr(retention, kind)
            if days is None:
                return None
            longest = max(longest, days)
    return longest or None


def _next_accounts(last: UUID | None) -> list[UUID]:
    rows = Account.with_trashed.order_by("id")
    if last is not None:
        rows = rows.filter(id__gt=last)
    return list(rows.values_list("id", flat=True)[:_ACCOUNTS])
