"""Removing at once what tests have deleted."""

from datetime import timedelta

from django.utils import timezone

from workspaces.trash.models import Deletion
from workspaces.trash.removal import remove_batch


def expire_trash() -> None:
    """End the time in which what is in the trash can be restored."""
    past = timezone.now() - timedelta(minutes=1)
    Deletion.objects.filter(finished_at=None).update(restorable_until=past, next_batch_at=past)


def empty_trash() -> int:
    """Remove everything that is in the trash, and return the number of batches."""
    expire_trash()
    batches = 0
    while remove_batch():
        batches += 1
    return batches
