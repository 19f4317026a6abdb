from django.db import models

from workspaces.models import WorkspaceOwned
from workspaces.work_pools.models.pools import NOT_READY, STATUSES, WorkPool


class WorkQueue(WorkspaceOwned):
    """A queue of a work pool. Workers take runs from queues with a smaller `priority` first."""

    counted_as = "work queues"

    work_pool = models.ForeignKey(WorkPool, on_delete=models.CASCADE, related_name="queues", db_index=False)
    name = models.CharField(max_length=1024)
    description = models.TextField(default="", blank=True)
    is_paused = models.BooleanField(default=False)
    concurrency_limit = models.PositiveIntegerField(null=True)
    # From 1. Different for each queue of the pool; the services see to it, since a change moves other queues.
    priority = models.PositiveIntegerField(default=1)
    filter = models.JSONField(null=True)  # which runs a legacy agent takes: tags and deployment ids
    # Polls write it at most once in a while, not each time.
    last_polled = models.DateTimeField(null=True)
    status = models.CharField(max_length=20, choices=STATUSES, default=NOT_READY)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work_pool", "name"], name="work_queue_name_in_pool")]
        indexes = [
            models.Index(fields=["workspace", "name"], name="work_queue_name"),
            # For the task that finds queues which nobody polls any more.
            models.Index(fields=["last_polled"], condition=models.Q(status="READY"), name="work_queue_ready"),
        ]

    def __str__(self) -> str:
        return self.name
