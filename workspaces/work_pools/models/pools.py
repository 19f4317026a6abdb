from typing import ClassVar

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from core.db.fields import JsonTextField
from rbac.access_lists import LEVELS, AccessControlled
from workspaces.models import WorkspaceOwned

READY, NOT_READY, PAUSED = "READY", "NOT_READY", "PAUSED"
STATUSES = [(READY, "Ready"), (NOT_READY, "Not ready"), (PAUSED, "Paused")]


def no_storage() -> dict[str, None]:
    return {"bundle_upload_step": None, "bundle_execution_step": None, "default_result_storage_block_id": None}


class WorkPool(AccessControlled, WorkspaceOwned):
    """Where workers look for runs. Each pool has queues, one of which is its default queue."""

    counted_as = "work pools"

    name = models.CharField(max_length=1024)
    description = models.TextField(null=True)  # noqa: DJ001  the contract's null
    type = models.CharField(max_length=1024, default="prefect-agent")
    # `job_configuration`, a template, and `variables`, the JSON Schema of its variables; or empty.
    base_job_template = JsonTextField(default=dict)
    is_paused = models.BooleanField(default=False)
    concurrency_limit = models.PositiveIntegerField(null=True)
    # Set right after the pool and its first queue are inserted.
    default_queue = models.ForeignKey(
        "work_pools.WorkQueue", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # Whether each run that a worker gets has a key of its own (workspaces.run_keys).
    run_keys = models.BooleanField(default=False)
    storage_configuration = models.JSONField(default=no_storage)
    # Changed together, when the status changes: each event of the status names the previous one.
    status = models.CharField(max_length=20, choices=STATUSES, default=NOT_READY)
    last_transitioned_status_at = models.DateTimeField(null=True)
    last_status_event_id = models.UUIDField(null=True)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    objects: ClassVar[models.Manager["WorkPool"]] = models.Manager()

    class Meta:
        permissions = LEVELS
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="work_pool_name_in_workspace")]

    def __str__(self) -> str:
        return self.name


class WorkPoolUserPermission(UserObjectPermissionBase):
    """A user or service account on the access list of a work pool."""

    tenant_through: ClassVar[str] = "content_object"  # core.db.policies

    content_object = models.ForeignKey(WorkPool, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class WorkPoolGroupPermission(GroupObjectPermissionBase):
    """A team, or everyone, on the access list of a work pool."""

    tenant_through: ClassVar[str] = "content_object"  # core.db.policies

    content_object = models.ForeignKey(WorkPool, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
