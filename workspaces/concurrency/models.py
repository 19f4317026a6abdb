"""Limits on how much runs at the same time, and the leases that hold their slots.

The slots in use are those of the leases that have not expired: there is no counter beside them, so none can leak. See
docs/contract/concurrency.md.
"""

from django.db import models

from workspaces.models import WorkspaceOwned


class ConcurrencyLimit(WorkspaceOwned):
    """A number of slots under a name. A deployment's own limit has the name `deployment:<its id>`."""

    counted_as = "concurrency limits"

    name = models.CharField(max_length=1024)
    limit = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    slot_decay_per_second = models.FloatField(default=0)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="concurrency_limit_name_in_workspace")
        ]

    def __str__(self) -> str:
        return self.name


class Lease(WorkspaceOwned):
    """Slots of one limit, held until `expires` unless the lease is renewed or released before.

    A lease over several limits has a row for each, with the same `lease_id`. Clients know the `lease_id`.
    """

    lease_id = models.UUIDField()
    limit = models.ForeignKey(ConcurrencyLimit, on_delete=models.CASCADE, related_name="leases", db_index=False)
    slots = models.PositiveIntegerField(default=1)
    holder_type = models.CharField(max_length=20, blank=True)  # flow_run, task_run or deployment
    holder_id = models.UUIDField(null=True)
    created = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lease_id", "limit"], name="lease_of_limit")]
        indexes = [
            models.Index(fields=["limit", "expires"], name="lease_live"),
            models.Index(fields=["expires"], name="lease_expired"),
        ]

    def __str__(self) -> str:
        return str(self.lease_id)
