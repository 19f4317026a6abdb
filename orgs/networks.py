"""Refuses callers from outside the networks that an account allows. Asks the database nothing when it lets them in."""

import time
from uuid import UUID

from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from orgs.services.networks import holding, note_refusal

REFUSED = "This account cannot be reached from your network address."
_NOTED_EVERY = 60.0  # seconds between two notes of the same thing from one process
_seen: dict[tuple[UUID, str], float] = {}
_refused: dict[tuple[UUID, str], float] = {}


def lets_in(account: Account, address: str, actor: Actor) -> bool:
    """Whether `actor`, who belongs to the account, may reach it from this address.

    A refusal leaves an entry, at most once a minute for an address; else the network is noted as seen, later.
    """
    if not account.enforced_networks:
        return True
    networks = holding(account.enforced_networks, address)
    if not networks:
        if _due(_refused, (account.id, address)):
            note_refusal(account, address=address, actor=actor)
        return False
    if due := [network for network in networks if _due(_seen, (account.id, network))]:
        from accounts.tasks import soon  # Celery is loaded by the first use, not by the import
        from orgs.tasks import note_networks_seen

        soon(note_networks_seen, str(account.id), timezone.now().isoformat(), *due)
    return True


def _due(noted: dict[tuple[UUID, str], float], place: tuple[UUID, str]) -> bool:
    """Whether it is time to note this again; then it is as good as noted."""
    now = time.monotonic()
    if now - noted.get(place, -_NOTED_EVERY) < _NOTED_EVERY:
        return False
    if len(noted) > 10_000:
        noted.clear()
    noted[place] = now
    return True
