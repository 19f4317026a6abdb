from django.db import models

from workspaces.models import WorkspaceOwned


class Event(WorkspaceOwned):
    """Something that happened in a workspace.

    The sender chooses the id, so that an event that is sent twice is stored once. No foreign key may point at this
    table, so that old partitions of it can be dropped.
    """

    counted_as = "events"
    partition_column, partition_days = "occurred", 7  # core.db.partitions

    occurred = models.DateTimeField()
    received = models.DateTimeField()
    event = models.CharField(max_length=1024)
    resource_id = models.CharField(max_length=1024)
    resource = models.JSONField()
    related = models.JSONField()
    payload = models.JSONField()
    follows = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "occurred", "id"], name="event_occurred"),
            models.Index(fields=["workspace", "received"], name="event_received"),
            models.Index(fields=["workspace", "resource_id", "occurred"], name="event_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.resource_id}"
