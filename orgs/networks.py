"""Refuses callers from outside the networks that an account allows. Asks the database nothing when it allows all."""

import time
from uuid import UUID

from accounts.models import Account
from auditlog.actors import Actor
from orgs.services.networks import note_refusal, within

REFUSED = "This account cannot be reached from your network address."
_NOTED_EVERY = 60.0  # seconds between two entries of refusals of one address by one account from one process
_noted: dict[tuple[UUID, str], float] = {}


def lets_in(account: Account, address: str, actor: Actor) -> bool:
    """Whether `actor`, who belongs to the account, may reach it from this address. A refusal leaves an entry."""
    if not account.enforced_networks or within(account.enforced_networks, address):
        return True
    now, place = time.monotonic(), (account.id, address)
    if now - _noted.get(place, -_NOTED_EVERY) >= _NOTED_EVERY:
        if len(_noted) > 10_000:
            _noted.clear()
        _noted[place] = now
        note_refusal(account, address=address, actor=actor)
    return False
