"""Carry out an approved transfer, and undo it.

Each is one transaction. Its cost does not depend on the history of the workspace: rows of runs, logs and events belong
to the workspace, so only the workspace's own row changes, with its grants, access lists and invitations.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from accounts.services.access import check_access_stands
from auditlog.actors import Actor, system
from auditlog.services import record
from core.db import tenants
from core.db.unique import refuse_taken
from core.errors import Conflict, Forbidden
from orgs.queries import account_access
from rbac.permissions import OWNER
from transfers.models import APPROVED, CANCELLED, COMPLETED, OPEN, UNDONE, WAITING, Transfer
from transfers.services import notices
from transfers.services.locks import lock_transfer, lock_workspace_between
from transfers.services.preview import check_may_return, preview
from transfers.services.requests import CHANGED, LIFETIME, may_approve, may_start, plan_of
from workspaces.addresses import HANDLE_TAKEN, forget_address, keep_address
from workspaces.models import Workspace
from workspaces.transfer_parts.registry import Move, parts

UNDO = timedelta(days=7)
BLOCKED = "Something in the account that the workspace goes to blocks the transfer now."


def carry_out(transfer_id: UUID) -> bool:
    """Carry out an approved transfer, or ask for approval again if its preview is no longer true.

    Returns whether the workspace changed its owner now. Safe to call twice.
    """
    unlocked = Transfer.objects.filter(id=transfer_id, status=APPROVED).only("workspace", "source", "target").first()
    if unlocked is None:
        return False
    with tenants.reaching(unlocked.workspace_id, unlocked.source_id, unlocked.target_id), transaction.atomic():
        return _carry_out(unlocked)


def _carry_out(unlocked: Transfer) -> bool:
    try:
        workspace = lock_workspace_between(unlocked.workspace_id, unlocked.source_id, unlocked.target_id)
    except Conflict:
        _give_up(unlocked)
        return False
    row = lock_transfer(unlocked)
    if row.status != APPROVED:
        return False
    row.workspace = workspace
    plan = plan_of(row)
    move = plan.move
    found = preview(plan, move=move, figures=False)
    if problem := _problem(row, found):
        _ask_again(row, found, problem)
        return False
    row.snapshot = {part.name: part.apply(move) for part in parts()}
    row.transferred_at = timezone.now()
    row.undo_until = row.transferred_at + UNDO
    _change_owner(row, row.target, row.new_handle, reserved_until=row.undo_until)
    row.status = COMPLETED
    row.save(update_fields=["status", "snapshot", "transferred_at", "undo_until"])
    actor = row.approved_by.as_actor() if row.approved_by else system("transfers")
    outcomes = [effect["outcome"] for part in found["parts"] for effect in part["effects"] if part["name"] == "access"]
    counts = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    _record_moves(row, row.source, row.target, actor, access=counts)
    notices.mail_admins(row, notices.COMPLETED, row.source, row.target)
    return True


@transaction.atomic
def undo(transfer: Transfer, *, user: User, actor: Actor) -> Transfer:
    """Return a workspace to the account it came from, with its handle, grants, access lists and invitations.

    What else happened in the workspace meanwhile is kept. Raises `Forbidden` unless the user owns one of the accounts,
    and `Conflict` if the time has passed, if the workspace was transferred again or deleted or is on legal hold, and if
    it would exceed the plan of the account.
    """
    workspace = lock_workspace_between(transfer.workspace_id, transfer.target_id, transfer.source_id)
    row = lock_transfer(transfer)
    check_access_stands(actor)
    if not any(owns(user, account) for account in (row.source, row.target)):
        raise Forbidden("Only owners of one of both accounts may undo a transfer.")
    if not row.can_be_undone:
        raise Conflict("This transfer cannot be undone any more.")
    others = Transfer.objects.filter(workspace=workspace)
    if others.filter(status__in=OPEN).exists():
        raise Conflict("Another transfer of this workspace is open. It has to be declined or cancelled first.")
    if others.filter(transferred_at__gt=row.transferred_at).exclude(status=UNDONE).exists():
        raise Conflict("The workspace was transferred again since.")
    row.workspace = workspace
    check_may_return(Move(workspace, row.target, row.source))
    _change_owner(row, row.source, row.old_handle)
    move = Move(workspace, row.source, row.target)
    snapshot: dict[str, Any] = row.snapshot or {}
    for part in parts():
        if part.name in snapshot and row.transferred_at is not None:
            part.restore(move, snapshot[part.name], row.transferred_at)
    row.status, row.decided_at, row.snapshot = UNDONE, timezone.now(), None
    row.save(update_fields=["status", "decided_at", "snapshot"])
    _record_moves(row, row.target, row.source, actor, undo=True)
    notices.mail_admins(row, notices.UNDONE, row.source, row.target, besides=actor)
    return row


def owns(user: User, account: Account) -> bool:
    """Return whether the user is an owner of the account."""
    access = account_access(user, account.id)
    return access is not None and access.role == OWNER


def _problem(row: Transfer, found: dict[str, Any]) -> str:
    """Return why the transfer cannot be carried out as it was approved, or an empty text."""
    if row.requested_by is None or not may_start(account_access(row.requested_by, row.source_id)):
        return "The person who started the transfer may no longer do so. Cancel it and start a new one."
    if row.approved_by is None or not may_approve(account_access(row.approved_by, row.target_id)):
        return "The person who approved the transfer may no longer do so."
    if found["problems"]:
        return BLOCKED  # its words may be for people of the target alone, and this is for both sides
    return CHANGED if found["hash"] != row.preview_hash else ""


def _give_up(unlocked: Transfer) -> None:
    """Cancel an approved transfer whose workspace or account was deleted, so that it does not follow a restoration."""
    row = lock_transfer(unlocked)
    if row.status == APPROVED:
        row.status, row.decided_at = CANCELLED, timezone.now()
        row.save(update_fields=["status", "decided_at"])
        notices.record_for_both(row, "cancelled", actor=system("transfers"))


def _ask_again(row: Transfer, found: dict[str, Any], problem: str) -> None:
    row.status, row.approved_by, row.problem = WAITING, None, problem
    row.preview, row.preview_hash, row.expires_at = found, found["hash"], timezone.now() + LIFETIME
    row.save(update_fields=["status", "approved_by", "problem", "preview", "preview_hash", "expires_at"])
    notices.record_for_both(row, "stopped", actor=system("transfers"), reason=problem)
    notices.mail_admins(row, notices.STOPPED, row.source, row.target)


def _change_owner(row: Transfer, account: Account, handle: str, *, reserved_until: datetime | None = None) -> None:
    """Give the workspace its new account and handle. The old address is remembered."""
    workspace: Workspace = row.workspace
    keep_address(workspace, served_for=timedelta(seconds=row.grace_seconds), reserved_until=reserved_until)
    workspace.account, workspace.handle = account, handle
    with refuse_taken(HANDLE_TAKEN):
        workspace.save(update_fields=["account", "handle", "updated"])
    forget_address(workspace)


def _record_moves(row: Transfer, left: Account, joined: Account, actor: Actor, **detail: Any) -> None:
    """Write the entry of the account that the workspace leaves, and that of the account it joins."""
    for action, account in (("workspace.transferred-out", left), ("workspace.transferred-in", joined)):
        record(
            action,
            actor=actor,
            account_id=account.id,
            workspace_id=row.workspace_id,
            object_id=row.workspace_id,
            object_name=row.workspace.name,
            transfer_id=str(row.id),
            **notices.addresses(row),
            **detail,
        )
