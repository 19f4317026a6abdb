from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly
from workspaces.deployments.models import Deployment
from workspaces.deployments.services.deployments import delete_deployment


@admin.register(Deployment)
class DeploymentAdmin(ReadOnly):
    noun = "deployment"
    list_display = ["name", "flow", "workspace", "status", "paused", "updated"]
    list_select_related = ["flow", "workspace__account"]
    list_filter = ["status", "paused", "disabled"]
    search_fields = ["name", "flow__name", "workspace__handle", "workspace__account__handle"]
    fields = [
        "workspace",
        "flow",
        "name",
        "version",
        "description",
        "tags",
        "entrypoint",
        "path",
        "status",
        "last_polled",
        "paused",
        "disabled",
        "work_queue",
        "concurrency_limit",
        "created",
        "updated",
    ]

    def delete_model(self, request: HttpRequest, obj: Deployment) -> None:
        delete_deployment(obj, actor=operator(request))

    def account_id(self, obj: Deployment) -> UUID | None:
        return obj.workspace.account_id
