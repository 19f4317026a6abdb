from django.db import models

from workspaces.models import WorkspaceOwned


class Log(WorkspaceOwned):
    """A log line of a run. It has no foreign keys, because the runs that lines name need not exist."""

    counted_as = "log lines"
    partition_column, partition_days = "created", 7  # core.db.partitions

    flow_run_id = models.UUIDField(null=True)
    task_run_id = models.UUIDField(null=True)
    name = models.TextField()
    level = models.SmallIntegerField()
    message = models.TextField()
    timestamp = models.DateTimeField()
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["flow_run_id", "timestamp", "id"], name="log_of_flow_run"),
            models.Index(
                fields=["task_run_id", "timestamp", "id"],
                name="log_of_task_run",
                condition=models.Q(task_run_id__isnull=False),
            ),
            models.Index(fields=["workspace", "timestamp", "id"], name="log_time"),
        ]

    def __str__(self) -> str:
        return self.message[:80]
