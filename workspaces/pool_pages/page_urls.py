"""URLs of the pages of work pools. The Prefect client prints those of a pool and of a queue."""

from django.urls import path

from workspaces.pool_pages import access, changes, create, lists, pool, queues, workers

_POOL = "work-pools/work-pool/<str:work_pool_name>"
_QUEUE = f"{_POOL}/queue/<str:queue_name>"
_WORKER = f"{_POOL}/worker/<str:worker_name>"

urlpatterns = [
    path("work-pools", lists.work_pools, name="work-pools"),
    path("work-pools/create", create.choose_type, name="work-pool-types"),
    path("work-pools/create/<str:pool_type>", create.create, name="work-pool-create"),
    path(_POOL, pool.work_pool, name="work-pool"),
    path(f"{_POOL}/edit", changes.edit, name="work-pool-edit"),
    path(f"{_POOL}/template", changes.edit_template, name="work-pool-template"),
    path(f"{_POOL}/pause", changes.pause, name="work-pool-pause"),
    path(f"{_POOL}/resume", changes.resume, name="work-pool-resume"),
    path(f"{_POOL}/delete", changes.delete, name="work-pool-delete"),
    path(f"{_POOL}/access", access.access, name="work-pool-access"),
    path(f"{_POOL}/run-keys", access.run_keys, name="work-pool-run-keys"),
    path(f"{_POOL}/queues/create", queues.create, name="work-pool-queue-create"),
    path(_QUEUE, queues.queue, name="work-pool-queue"),
    path(f"{_QUEUE}/edit", queues.edit, name="work-pool-queue-edit"),
    path(f"{_QUEUE}/pause", queues.pause, name="work-pool-queue-pause"),
    path(f"{_QUEUE}/resume", queues.resume, name="work-pool-queue-resume"),
    path(f"{_QUEUE}/delete", queues.delete, name="work-pool-queue-delete"),
    path("work-queues/work-queue/<uuid:work_queue_id>", queues.queue_by_id, name="work-pool-queue-by-id"),
    path(_WORKER, workers.worker, name="work-pool-worker"),
    path(f"{_WORKER}/delete", workers.delete, name="work-pool-worker-delete"),
]
