from celery import shared_task

from workspaces.retention import partition_dropping, pruning


@shared_task
def prune_workspaces() -> None:
    pruning.prune_workspaces()


@shared_task
def prune_audit_logs() -> None:
    pruning.prune_audit_logs()


@shared_task
def forget_history() -> None:
    pruning.forget_history()


@shared_task
def drop_old_partitions() -> None:
    partition_dropping.drop_old_partitions()
