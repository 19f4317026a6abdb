from celery import shared_task

from workspaces.trash import removal


@shared_task
def remove_deleted() -> None:
    removal.remove_deleted()


@shared_task
def forget_removals() -> None:
    removal.forget_removals()
