"""Background tasks of accounts."""

from uuid import UUID

from celery import shared_task
from django.utils.dateparse import parse_datetime

from orgs.services.networks import update_last_seen


@shared_task
def note_networks_seen(account_id: str, when: str, *networks: str) -> None:
    """Update when networks of an account's allowlist were last seen. `when` is in ISO 8601."""
    seen = parse_datetime(when)
    assert seen is not None  # `orgs.networks` formats it
    update_last_seen(UUID(account_id), networks, when=seen)
