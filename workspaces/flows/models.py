from django.db import models

from core.db.fields import TagsField
from workspaces.models import WorkspaceOwned


class Flow(WorkspaceOwned):
    """A flow. Its name is unique in the workspace."""

    counted_as = "flows"

    name = models.CharField(max_length=1024)
    tags = TagsField()
    labels = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="flow_name_in_workspace")]
        indexes = [
            models.Index(fields=["workspace", "-created"], name="flow_created"),
            models.Index(fields=["workspace", "-updated"], name="flow_updated"),
        ]

    def __str__(self) -> str:
        return self.name
