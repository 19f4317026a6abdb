from django.db import models

from core.db.fields import JsonTextField, TagsField
from workspaces.models import WorkspaceOwned

NAME_LENGTH = 255


class Variable(WorkspaceOwned):
    """A named JSON value that flows read and set."""

    counted_as = "variables"

    name = models.CharField(max_length=NAME_LENGTH)
    value = JsonTextField()
    tags = TagsField()
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="variable_name_in_workspace")]

    def __str__(self) -> str:
        return self.name
