from django.db import models

from workspaces.models import WorkspaceOwned
from workspaces.work_pools.models.pools import WorkPool

ONLINE, OFFLINE = "ONLINE", "OFFLINE"


class Worker(WorkspaceOwned):
    """A process that takes runs from a work pool. It is known by its heartbeats."""

    work_pool = models.ForeignKey(WorkPool, on_delete=models.CASCADE, related_name="workers", db_index=False)
    name = models.CharField(max_length=1024)
    last_heartbeat_time = models.DateTimeField()
    heartbeat_interval_seconds = models.PositiveIntegerField(null=True)
    # As of the last heartbeat, or of the task that finds silent workers. Answers compute it from the last heartbeat.
    status = models.CharField(max_length=20, choices=[(ONLINE, "Online"), (OFFLINE, "Offline")], default=OFFLINE)
    integrations = models.JSONField(default=list)  # of Prefect, each with a name and a version
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work_pool", "name"], name="worker_name_in_pool")]
        indexes = [
            models.Index(fields=["workspace", "-last_heartbeat_time"], name="worker_last_heartbeat"),
            models.Index(fields=["last_heartbeat_time"], condition=models.Q(status="ONLINE"), name="worker_online"),
        ]

    def __str__(self) -> str:
        return self.name
