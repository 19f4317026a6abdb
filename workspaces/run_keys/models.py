from django.db import models

from accounts.models import ApiKey
from workspaces.models import WorkspaceOwned


class RunKey(WorkspaceOwned):
    """A key for one flow run, given to the holder of an API key. Its value is derived from its id, and stored nowhere.

    It acts as the user of the API key. It ends with its run, with the API key, and when its row is deleted.
    """

    # Neither has a constraint: runs and API keys are deleted without their run keys, which then open nothing.
    # Runs are on a floor above this one.
    flow_run = models.ForeignKey(
        "runs.FlowRun", on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow_run", "api_key"], name="run_key_of_api_key")]

    def __str__(self) -> str:
        return str(self.id)
