from django.db import models

from workspaces.deployments.models.deployments import Deployment
from workspaces.models import WorkspaceOwned


class DeploymentSchedule(WorkspaceOwned):
    """When a deployment is to run. The schedule is an interval, a cron line or an RRULE."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="schedules", db_index=False)
    schedule = models.JSONField()
    active = models.BooleanField(default=True)
    max_scheduled_runs = models.PositiveIntegerField(null=True)
    parameters = models.JSONField(default=dict)
    slug = models.TextField(null=True)  # noqa: DJ001  the contract's null
    # When the scheduler looks at the schedule next: before the runs that it has created are used up. Null means now.
    # Whoever removes these runs sets it to null.
    look_at = models.DateTimeField(null=True)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deployment", "slug"], name="schedule_slug_of_deployment")]
        indexes = [
            models.Index(fields=["deployment", "-updated"], name="schedule_of_deployment"),
            models.Index(fields=["look_at"], condition=models.Q(active=True), name="schedule_look_at"),
        ]

    def __str__(self) -> str:
        return self.slug or str(self.id)
