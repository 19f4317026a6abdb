from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from workspaces.run_keys.services import drop_ended_run_keys

_KEPT = timedelta(hours=1)


@shared_task
def drop_ended() -> None:
    """Remove keys of runs that have ended, and so are found no more."""
    drop_ended_run_keys(before=timezone.now() - _KEPT)
