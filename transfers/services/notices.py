"""Audit entries and mail about a transfer, for both accounts."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import Account, User
from accounts.services.account_mail import queue_account_mail
from accounts.services.addresses import confirmed
from auditlog.actors import USER, Actor
from auditlog.services import record
from orgs.models import Membership
from orgs.pages import account_address
from rbac.permissions import CREATE_WORKSPACE, ROLES
from transfers.models import Transfer

_MOST_MAILS = 50  # to the admins of one account
REQUESTED, STOPPED, DECLINED, CANCELLED = "requested", "stopped", "declined", "cancelled"
EXPIRED, COMPLETED, UNDONE = "expired", "completed", "undone"
_NEVER_DROPPED = {COMPLETED, UNDONE}


def record_for_both(transfer: Transfer, what: str, *, actor: Actor, **detail: Any) -> None:
    """Write an audit entry in each of both accounts: `workspace.transfer-requested` and so on."""
    for account in (transfer.source, transfer.target):
        record(
            f"workspace.transfer-{what}",
            actor=actor,
            account_id=account.id,
            workspace_id=transfer.workspace_id if account == transfer.source else None,
            object_id=transfer.workspace_id,
            object_name=transfer.workspace.name,
            transfer_id=str(transfer.id),
            **addresses(transfer),
            **detail,
        )


def addresses(transfer: Transfer) -> dict[str, str]:
    """Return the full handles before and after, for an audit entry or a mail."""
    return {
        "from": f"{transfer.source.handle}/{transfer.old_handle}",
        "to": f"{transfer.target.handle}/{transfer.new_handle}",
    }


def mail_admins(transfer: Transfer, event: str, *accounts: Account, besides: Actor | None = None) -> None:
    """Queue a mail to those who may start or approve transfers of these accounts, except the one who acted.

    Mail contains handles and no names, because whoever sends a request chooses the names.
    """
    actor_id = besides.id if besides else None
    recipients = {person.email: account for account in accounts for person in _admins(account) if person.id != actor_id}
    for email, account in recipients.items():
        queue_account_mail(
            "workspace_transfer",
            email,
            confirmed=event in _NEVER_DROPPED,
            event=event,
            path=account_address(account, "transfer", transfer.id),
            **{f"{name}_handle": handle for name, handle in addresses(transfer).items()},
        )


def _admins(account: Account) -> list[User]:
    """Return some of the active people with a confirmed address who may start and approve transfers of an account."""
    roles = [role for role, held in ROLES.items() if CREATE_WORKSPACE in held]
    members = Membership.objects.filter(account=account, active=True, role__in=roles)
    people = User.objects.filter(kind=USER, is_active=True)
    admins = people.filter(Q(id__in=members.values("user")) | Q(id=account.user_id))
    return list(admins.filter(Exists(confirmed(OuterRef("id"), OuterRef("email")))).order_by("id")[:_MOST_MAILS])
