from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from workspaces.deployments.models import Deployment
from workspaces.flows.models import Flow
from workspaces.models import WorkspaceOwned
from workspaces.runs.models.runs import Run
from workspaces.work_pools.models import WorkQueue


class FlowRun(Run):
    """A run of a flow. `services/transitions.py` alone changes its state."""

    counted_as = "flow runs"

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="runs", db_index=False)
    # Without a constraint: the run keeps the id of a deployment that was deleted, and clients may send any id.
    deployment = models.ForeignKey(
        Deployment, null=True, on_delete=models.DO_NOTHING, related_name="runs", db_index=False, db_constraint=False
    )
    deployment_version = models.TextField(null=True)  # noqa: DJ001  the contract's null
    work_queue = models.ForeignKey(
        WorkQueue, null=True, on_delete=models.SET_NULL, related_name="runs", db_index=False, db_constraint=False
    )
    work_queue_name = models.TextField(null=True)  # noqa: DJ001
    flow_version = models.TextField(null=True)  # noqa: DJ001
    parameters = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    idempotency_key = models.TextField(null=True)  # noqa: DJ001
    job_variables = models.JSONField(default=dict)
    infrastructure_pid = models.TextField(null=True)  # noqa: DJ001
    infrastructure_document_id = models.UUIDField(null=True)
    parent_task_run = models.ForeignKey(
        "runs.TaskRun", null=True, on_delete=models.SET_NULL, related_name="subflow_runs", db_index=False
    )
    auto_scheduled = models.BooleanField(default=False)
    created_by = models.JSONField(null=True)
    # Without a constraint and an index: states are deleted with their run only, and the database would look through all
    # runs for those that still refer to a state.
    state = models.ForeignKey(
        "runs.FlowRunState",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "idempotency_key"], name="flow_run_idempotency"),
        ]
        indexes = [
            models.Index(fields=["workspace", "id"], name="flow_run_newest"),
            # Includes the columns that charts count, so that they read only the index.
            models.Index(
                fields=["workspace", "expected_start_time", "id"],
                include=["state_type", "state_name"],
                name="flow_run_expected",
            ),
            # Ends with the columns that lists filter, so that runs in a rare state are found in the index alone.
            models.Index(
                F("workspace"),
                Coalesce("start_time", "expected_start_time").desc(),
                F("id").desc(),
                F("state_type"),
                F("parent_task_run"),
                name="flow_run_started",
            ),
            models.Index(fields=["workspace", "state_type", "id"], name="flow_run_state_type"),
            models.Index(fields=["flow", "id"], name="flow_run_flow"),
            models.Index(
                fields=["parent_task_run"],
                name="flow_run_parent",
                condition=models.Q(parent_task_run__isnull=False),
            ),
            models.Index(
                fields=["workspace", "next_scheduled_start_time"],
                name="flow_run_scheduled",
                condition=models.Q(next_scheduled_start_time__isnull=False),
            ),
            models.Index(
                fields=["deployment", "id"],
                name="flow_run_deployment",
                condition=models.Q(deployment__isnull=False),
            ),
            # The scheduled runs of a deployment: polled by `serve`, and removed when the schedule changes.
            models.Index(
                fields=["deployment", "next_scheduled_start_time"],
                name="flow_run_upcoming",
                condition=models.Q(deployment__isnull=False, state_type="SCHEDULED"),
            ),
            # For polls of workers, and for the slots of queues and pools that runs take.
            models.Index(
                fields=["work_queue", "state_type", "next_scheduled_start_time"],
                name="flow_run_queue",
                condition=models.Q(work_queue__isnull=False),
            ),
            # For the background services, which look at all workspaces.
            models.Index(
                fields=["next_scheduled_start_time"],
                name="flow_run_not_late",
                condition=models.Q(state_type="SCHEDULED", state_name="Scheduled"),
            ),
            models.Index(
                fields=["state_timestamp"],
                name="flow_run_held_up",
                condition=models.Q(state_type__in=["PAUSED", "CANCELLING"]),
            ),
            # For retention, which counts from the end of a run.
            models.Index(
                fields=["workspace", "end_time"],
                name="flow_run_ended",
                condition=models.Q(end_time__isnull=False),
            ),
            models.Index(
                fields=["end_time"],
                name="flow_run_cancelled",
                condition=models.Q(state_type="CANCELLED"),
            ),
        ]


class FlowRunInput(WorkspaceOwned):
    """A JSON value that was sent to a flow run, under a key."""

    flow_run = models.ForeignKey(FlowRun, on_delete=models.CASCADE, related_name="inputs", db_index=False)
    key = models.CharField(max_length=1024)
    value = models.TextField()
    sender = models.TextField(null=True)  # noqa: DJ001
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow_run", "key"], name="flow_run_input_key")]

    def __str__(self) -> str:
        return self.key
