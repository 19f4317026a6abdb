from typing import ClassVar

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from core.db.fields import JsonTextField, TagsField
from rbac.access_lists import LEVELS, AccessControlled
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.flows.models import Flow
from workspaces.models import WorkspaceOwned
from workspaces.work_pools.models import NOT_READY, READY, WorkQueue


class Deployment(AccessControlled, WorkspaceOwned):
    """How, where and when a flow is to run."""

    counted_as = "deployments"

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="deployments", db_index=False)
    name = models.CharField(max_length=1024)
    version = models.TextField(null=True)  # noqa: DJ001  here and below the contract's null
    description = models.TextField(null=True)  # noqa: DJ001
    path = models.TextField(null=True)  # noqa: DJ001
    entrypoint = models.TextField(null=True)  # noqa: DJ001
    tags = TagsField()
    labels = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    parameter_openapi_schema = JsonTextField(default=dict)
    enforce_parameter_schema = models.BooleanField(default=True)
    pull_steps = models.JSONField(null=True, default=list)
    job_variables = models.JSONField(default=dict)
    paused = models.BooleanField(default=False)
    disabled = models.BooleanField(default=False)  # no run can be created, by a schedule or otherwise
    # The version that was deployed or promoted last, if clients send versions. It is not deleted before the deployment.
    current_version = models.ForeignKey(
        "deployments.DeploymentVersion",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # Whether somebody polls the deployment or its queue. `last_polled` is about the deployment itself, as `serve`
    # polls it; polls of the queue are in the queue's row.
    status = models.CharField(max_length=20, choices=[(READY, "Ready"), (NOT_READY, "Not ready")], default=NOT_READY)
    last_polled = models.DateTimeField(null=True)
    # Null if a process polls the deployment itself, as `serve` does.
    work_queue = models.ForeignKey(
        WorkQueue, null=True, on_delete=models.SET_NULL, related_name="deployments", db_index=False
    )
    work_queue_name = models.TextField(null=True)  # noqa: DJ001
    concurrency_limit = models.ForeignKey(
        ConcurrencyLimit, null=True, on_delete=models.SET_NULL, related_name="deployments", db_index=False
    )
    concurrency_options = models.JSONField(null=True)
    storage_document_id = models.UUIDField(null=True)
    infrastructure_document_id = models.UUIDField(null=True)
    created_by = models.JSONField(null=True)
    updated_by = models.JSONField(null=True)
    created = models.DateTimeField()
    updated = models.DateTimeField()

    objects: ClassVar[models.Manager["Deployment"]] = models.Manager()

    class Meta:
        permissions = LEVELS
        constraints = [models.UniqueConstraint(fields=["flow", "name"], name="deployment_name_of_flow")]
        indexes = [
            models.Index(fields=["workspace", "name", "id"], name="deployment_name"),
            models.Index(fields=["work_queue"], condition=models.Q(work_queue__isnull=False), name="deployment_queue"),
            models.Index(
                fields=["concurrency_limit"],
                condition=models.Q(concurrency_limit__isnull=False),
                name="deployment_limit",
            ),
            # For the task that finds deployments which nobody polls any more.
            models.Index(fields=["last_polled"], condition=models.Q(status="READY"), name="deployment_ready"),
        ]

    def __str__(self) -> str:
        return self.name


class DeploymentUserPermission(UserObjectPermissionBase):
    """A user or service account on the access list of a deployment."""

    tenant_through: ClassVar[str] = "content_object"  # core.db.policies

    content_object = models.ForeignKey(Deployment, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class DeploymentGroupPermission(GroupObjectPermissionBase):
    """A team, or everyone, on the access list of a deployment."""

    tenant_through: ClassVar[str] = "content_object"  # core.db.policies

    content_object = models.ForeignKey(Deployment, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
