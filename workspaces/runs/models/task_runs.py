from django.db import models

from workspaces.runs.models.flow_runs import FlowRun
from workspaces.runs.models.runs import Run


class TaskRun(Run):
    """A task run. Clients choose its id and decide about its states, which they report in events."""

    counted_as = "task runs"

    flow_run = models.ForeignKey(FlowRun, null=True, on_delete=models.CASCADE, related_name="task_runs", db_index=False)
    task_key = models.TextField()
    dynamic_key = models.TextField()
    cache_key = models.TextField(null=True)  # noqa: DJ001
    cache_expiration = models.DateTimeField(null=True)
    task_version = models.TextField(null=True)  # noqa: DJ001
    task_inputs = models.JSONField(default=dict)
    flow_run_run_count = models.PositiveIntegerField(default=0)
    # No foreign key: clients choose the id, so the state with this id may belong to another task run.
    state_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow_run", "task_key", "dynamic_key"], name="task_run_natural_key"),
        ]
        indexes = [
            models.Index(fields=["workspace", "id"], name="task_run_newest"),
            models.Index(
                fields=["workspace", "expected_start_time", "id"],
                include=["state_type", "state_name"],
                name="task_run_expected",
            ),
            models.Index(fields=["flow_run", "expected_start_time"], name="task_run_in_flow_run"),
            # For retention: the others go with their flow run.
            models.Index(
                fields=["workspace", "end_time"],
                name="task_run_alone_ended",
                condition=models.Q(flow_run=None, end_time__isnull=False),
            ),
        ]
