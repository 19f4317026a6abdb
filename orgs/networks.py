"""Check whether a caller's address is in the networks that an account allows.

Allowed calls cost no query: the networks are read with the account's row.
"""

from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from core.task_queue import enqueue_on_commit
from core.throttle import Throttle
from orgs.services.networks import contains_address, networks_containing, record_refusal

REFUSED = "This account cannot be reached from your network address."
_seen = Throttle(60)  # by account and network
_refused = Throttle(60)  # by account and address


def allows_address(account: Account, address: str, actor: Actor) -> bool:
    """Return whether a caller, who belongs to the account, may reach it from this address.

    If not, write an audit entry, at most once a minute for each address. If they may, update when their network was
    last seen, after the transaction and at most once a minute.
    """
    if not account.enforced_networks:
        return True
    networks = networks_containing(account.enforced_networks, address)
    if not networks:
        if _refused.is_due((account.id, address)):
            record_refusal(account, actor=actor)
        return False
    if due := [network for network in networks if _seen.is_due((account.id, network))]:
        enqueue_on_commit("orgs.tasks.note_networks_seen", str(account.id), timezone.now().isoformat(), *due)
    return True


def blocks_address(account: Account, address: str) -> bool:
    """Return whether the account does not allow this address. Records nothing."""
    return bool(account.enforced_networks) and not contains_address(account.enforced_networks, address)
