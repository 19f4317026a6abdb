from django.db import models

from workspaces.models import Workspace, WorkspaceOwned


class State(WorkspaceOwned):
    """A state that a run has entered. Rows are never changed."""

    # Without a constraint and a cascade, because no index leads from a workspace to its states. They go with their run.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, related_name="%(class)ss", db_index=False, db_constraint=False
    )
    type = models.CharField(max_length=20)
    name = models.CharField(max_length=1024)
    timestamp = models.DateTimeField()
    message = models.TextField(null=True)  # noqa: DJ001  null is the contract's "no message"
    state_details = models.JSONField(default=dict)
    data = models.JSONField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} at {self.timestamp}"


class FlowRunState(State):
    # No index of its own: the constraint's index begins with it.
    flow_run = models.ForeignKey("runs.FlowRun", on_delete=models.CASCADE, related_name="states", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow_run", "timestamp"], name="flow_run_state_once")]


class TaskRunState(State):
    # Timestamps are not unique, since they come from clients' clocks. A state that is sent twice has the same id.
    task_run = models.ForeignKey("runs.TaskRun", on_delete=models.CASCADE, related_name="states", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["task_run", "timestamp"], name="task_run_state_time")]
