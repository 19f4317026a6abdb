from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly
from workspaces.work_pools.models import Worker, WorkPool, WorkQueue
from workspaces.work_pools.services.pools import delete_pool
from workspaces.work_pools.services.queues import delete_queue
from workspaces.work_pools.services.workers import delete_worker


@admin.register(WorkPool)
class WorkPoolAdmin(ReadOnly):
    noun = "work-pool"
    list_display = ["name", "workspace", "type", "status", "concurrency_limit"]
    list_select_related = ["workspace__account"]
    search_fields = ["name", "workspace__handle", "workspace__account__handle"]
    fields = [
        "workspace",
        "name",
        "type",
        "description",
        "status",
        "is_paused",
        "concurrency_limit",
        "run_keys",
        "created",
    ]

    def delete_model(self, request: HttpRequest, obj: WorkPool) -> None:
        delete_pool(obj, actor=operator(request))

    def account_id(self, obj: WorkPool) -> UUID | None:
        return obj.workspace.account_id


@admin.register(WorkQueue)
class WorkQueueAdmin(ReadOnly):
    noun = "work-queue"
    list_display = ["name", "work_pool", "workspace", "priority", "status", "last_polled"]
    list_select_related = ["workspace__account", "work_pool"]
    search_fields = ["name", "work_pool__name", "workspace__handle", "workspace__account__handle"]
    fields = ["workspace", "work_pool", "name", "priority", "status", "is_paused", "concurrency_limit", "last_polled"]

    def delete_model(self, request: HttpRequest, obj: WorkQueue) -> None:
        delete_queue(obj, actor=operator(request))

    def account_id(self, obj: WorkQueue) -> UUID | None:
        return obj.workspace.account_id


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    noun = "worker"
    list_display = ["name", "work_pool", "workspace", "status", "last_heartbeat_time"]
    list_select_related = ["workspace__account", "work_pool"]
    search_fields = ["name", "work_pool__name", "workspace__handle", "workspace__account__handle"]
    fields = ["workspace", "work_pool", "name", "status", "last_heartbeat_time", "integrations"]

    def delete_model(self, request: HttpRequest, obj: Worker) -> None:
        delete_worker(obj.work_pool, obj.name, actor=operator(request))

    def account_id(self, obj: Worker) -> UUID | None:
        return obj.workspace.account_id
