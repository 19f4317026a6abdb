from django.db import models

from core.db.fields import JsonTextField
from workspaces.models import Workspace, WorkspaceOwned

NAME_LENGTH = 1024


class SavedSearch(WorkspaceOwned):
    """Named filters. `query.py` converts between them and the query string of the list of runs."""

    counted_as = "saved views"

    # The base class would derive the related name "savedsearchs".
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=NAME_LENGTH)
    filters = JsonTextField()
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="saved_search_name_in_workspace")]

    def __str__(self) -> str:
        return self.name
