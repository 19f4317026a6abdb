from datetime import timedelta

from django.db import models

from core.db.fields import TagsField
from workspaces.models import WorkspaceOwned


class Run(WorkspaceOwned):
    """The fields that flow runs and task runs share. The `state_*` columns are copies of the current state."""

    name = models.TextField()
    tags = TagsField()
    labels = models.JSONField(default=dict)
    empirical_policy = models.JSONField(default=dict)
    state_type = models.CharField(max_length=20, null=True)  # noqa: DJ001  a run may have no state
    state_name = models.CharField(max_length=1024, null=True)  # noqa: DJ001
    state_timestamp = models.DateTimeField(null=True)
    run_count = models.PositiveIntegerField(default=0)
    expected_start_time = models.DateTimeField(null=True)
    next_scheduled_start_time = models.DateTimeField(null=True)
    start_time = models.DateTimeField(null=True)
    end_time = models.DateTimeField(null=True)
    # Time spent in RUNNING states that have ended.
    total_run_time = models.DurationField(default=timedelta)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
