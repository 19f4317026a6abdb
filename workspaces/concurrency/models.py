"""Limits on how much runs at the same time, and the leases that hold their slots.

The slots in use are those of the leases that have not expired: there is no counter beside them, so none can leak. Only
a rate limit, whose slots come back by themselves, has a counter. See docs/contract/concurrency.md, "Limits".
"""

import math
from datetime import datetime

from django.db import models

from workspaces.models import WorkspaceOwned


class ConcurrencyLimit(WorkspaceOwned):
    """A number of slots under a name. A deployment's own limit has the name `deployment:<its id>`."""

    counted_as = "concurrency limits"

    name = models.CharField(max_length=1024)
    limit = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    # If it is not 0, this is a rate limit: so many of the slots in use come back each second.
    slot_decay_per_second = models.FloatField(default=0)
    # Of a rate limit: the slots that were in use at a time.
    used_slots = models.FloatField(default=0)
    used_at = models.DateTimeField(null=True)
    # For how long refused clients are asked to wait: how many slots were refused lately, and how long one is held.
    denied_slots = models.FloatField(default=0)
    denied_at = models.DateTimeField(null=True)
    avg_slot_occupancy_seconds = models.FloatField(default=2.0)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="concurrency_limit_name_in_workspace")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_rate_limit(self) -> bool:
        """Whether slots come back by themselves."""
        return self.slot_decay_per_second > 0

    def rate_used(self, now: datetime) -> float:
        """Return how many slots of a rate limit are still in use, with fractions."""
        if self.used_at is None:
            return 0.0
        return max(0.0, self.used_slots - self.slot_decay_per_second * (now - self.used_at).total_seconds())

    def rate_slots(self, now: datetime) -> int:
        """Return how many slots of a rate limit are still in use. A slot counts until it has come back in full."""
        return math.ceil(round(self.rate_used(now), 6))


class Lease(WorkspaceOwned):
    """Slots of one limit, held until `expires` unless the lease is renewed or released before.

    A lease over several limits has a row for each, with the same `lease_id`. Clients know the `lease_id`.
    """

    lease_id = models.UUIDField()
    limit = models.ForeignKey(ConcurrencyLimit, on_delete=models.CASCADE, related_name="leases", db_index=False)
    slots = models.PositiveIntegerField(default=1)
    # Whether the client took the slots without a lease. It gives them back by their number.
    by_number = models.BooleanField(default=False)
    holder_type = models.CharField(max_length=20, blank=True)  # flow_run, task_run or deployment
    holder_id = models.UUIDField(null=True)
    # The flow run that took the slots with its own key, which can renew and release only these.
    run_id = models.UUIDField(null=True)
    created = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lease_id", "limit"], name="lease_of_limit")]
        indexes = [
            models.Index(fields=["limit", "expires"], name="lease_live"),
            models.Index(fields=["workspace", "expires"], name="lease_of_workspace"),
            models.Index(fields=["expires"], name="lease_expired"),
            models.Index(fields=["holder_id"], condition=models.Q(holder_id__isnull=False), name="lease_holder"),
        ]

    def __str__(self) -> str:
        return str(self.lease_id)
