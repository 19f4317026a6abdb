"""What may be late: when networks of an allowlist were last seen."""

from uuid import UUID

from celery import shared_task
from django.utils.dateparse import parse_datetime

from orgs.services.networks import note_seen


@shared_task
def note_networks_seen(account_id: str, when: str, *networks: str) -> None:
    seen = parse_datetime(when)
    assert seen is not None  # written by us
    note_seen(UUID(account_id), networks, when=seen)
