"""The lookup paths from each noun to its related nouns."""

from typing import Any

from django.db.models import Model, OuterRef, QuerySet

# By noun: the related nouns that a request may filter by, with their lookup paths. If two paths begin with the same
# step, the same row must match there: a request for flows with filters of flow runs and task runs finds flows with a
# matching flow run that has a matching task run.
PATHS: dict[str, dict[str, str]] = {
    "flows": {
        "flow_runs": "runs",
        "task_runs": "runs__task_runs",
        "deployments": "deployments",
        "work_pools": "deployments__work_queue__work_pool",
        "work_pool_queues": "deployments__work_queue",
        "work_queues": "deployments__work_queue",
    },
    "flow_runs": {
        "flows": "flow",
        "task_runs": "task_runs",
        "deployments": "deployment",
        "work_pools": "work_queue__work_pool",
        "work_pool_queues": "work_queue",
        "work_queues": "work_queue",
    },
    "task_runs": {
        "flow_runs": "flow_run",
        "flows": "flow_run__flow",
        "deployments": "flow_run__deployment",
        "work_pools": "flow_run__work_queue__work_pool",
        "work_pool_queues": "flow_run__work_queue",
        "work_queues": "flow_run__work_queue",
    },
    "deployments": {
        "flows": "flow",
        "flow_runs": "runs",
        "task_runs": "runs__task_runs",
        "work_pools": "work_queue__work_pool",
        "work_pool_queues": "work_queue",
        "work_queues": "work_queue",
    },
    "work_pools": {},
    "work_queues": {},
}


def related_rows(model: type[Model], relation: str) -> QuerySet[Any]:
    """Return a subquery for the rows related to a row of `model`. `relation` is a foreign key or its reverse."""
    field: Any = model._meta.get_field(relation)
    link = {field.field.name: OuterRef("pk")} if field.auto_created else {"pk": OuterRef(field.attname)}
    rows: QuerySet[Any] = field.related_model._default_manager.filter(**link)
    return rows
