"""What happens to transfers as time passes: lost tasks are done, old requests expire, old snapshots are dropped."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import system
from orgs.models import Membership
from orgs.services.locks import lock_account
from orgs.services.members import remove_member
from rbac.models import Grant
from rbac.permissions import COLLABORATOR
from transfers.models import APPROVED, COMPLETED, WAITING, Transfer
from transfers.services.execution import carry_out
from transfers.services.requests import expire

logger = logging.getLogger("bailiwick.transfers")

_BATCH = 100
Subject = TypeVar("Subject", UUID, Transfer)


def sweep() -> None:
    """Look at all transfers that are due, at most a batch of each kind. The next sweep continues.

    One that fails is tried again by the next sweep, and does not hold up the others.
    """
    now = timezone.now()
    approved = Transfer.objects.filter(status=APPROVED).order_by("decided_at")
    for transfer_id in approved.values_list("id", flat=True)[:_BATCH]:
        _attempt(carry_out, transfer_id, transfer_id)
    for transfer in Transfer.objects.filter(status=WAITING, expires_at__lte=now).only("id")[:_BATCH]:
        _attempt(expire, transfer, transfer.id)
    for transfer in Transfer.objects.filter(snapshot__isnull=False, undo_until__lte=now).defer("preview")[:_BATCH]:
        _attempt(_finish, transfer, transfer.id)


def _attempt(step: Callable[[Subject], object], subject: Subject, transfer_id: UUID) -> None:
    try:
        step(subject)
    except Exception:  # one transfer does not hold up the others
        logger.exception("The transfer %s is tried again soon", transfer_id)


@transaction.atomic
def _finish(transfer: Transfer) -> None:
    """Drop what only an undo would need.

    Collaborators leave the source if they have no other workspace there, and no other undo can give them one.
    """
    lock_account(transfer.source_id)  # before the transfer, as everywhere
    row = Transfer.objects.select_for_update().filter(id=transfer.id, status=COMPLETED).first()
    if row is None:
        return
    others = Transfer.objects.filter(source=row.source_id, snapshot__isnull=False).exclude(id=row.id)
    returning = {user for snapshot in others.values_list("snapshot", flat=True) for user in _users_to_restore(snapshot)}
    users = _users_to_restore(row.snapshot) - returning
    members = Membership.objects.filter(account=row.source_id, user__in=users, role=COLLABORATOR)
    for membership in members.order_by("id"):
        if not Grant.objects.filter(workspace__account=row.source_id, user=membership.user_id).exists():
            remove_member(membership, actor=system("transfers"))
    row.snapshot = None
    row.save(update_fields=["snapshot"])


def _users_to_restore(snapshot: dict[str, Any] | None) -> set[UUID]:
    """Return the ids of the users whose direct roles an undo restores."""
    return {UUID(grant["user"]) for grant in (snapshot or {}).get("access", []) if grant["user"]}
