"""Start, approve, decline and cancel transfers.

The allowed moves are: waiting to approved, declined, cancelled or expired; approved to completed, or back to waiting if
the preview is no longer true; completed to undone.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from accounts.services.access import check_access_stands
from accounts.services.addresses import check_confirmed
from auditlog.actors import Actor, system
from core.errors import Conflict, Forbidden, Invalid
from core.task_queue import enqueue_on_commit
from orgs.queries import AccountAccess, account_access
from orgs.services.audit import record_for
from rbac.models import WorkspaceRole
from rbac.permissions import CREATE_WORKSPACE, DELETE_WORKSPACE
from transfers.models import (
    APPROVED,
    CANCELLED,
    DECLINED,
    EXPIRED,
    OPEN,
    WAITING,
    RefusedSource,
    Transfer,
)
from transfers.services import notices
from transfers.services.locks import lock_transfer, lock_workspace_between
from transfers.services.preview import Plan, preview, raise_problem, shown_to

LIFETIME = timedelta(days=7)  # of a request
MOST_REQUESTS = 20  # a day to other people's accounts, from an account and from a person
GRACE = timedelta(days=7)  # unless the source chose otherwise
LONGEST_GRACE = timedelta(days=90)
CHANGED = "Something changed since the preview. Check the new preview, then confirm again."


def may_start(access: AccountAccess | None) -> bool:
    """Return whether somebody may start and cancel transfers from an account."""
    return access is not None and access.may(DELETE_WORKSPACE)


def may_approve(access: AccountAccess | None) -> bool:
    """Return whether somebody may approve and decline transfers to an account."""
    return access is not None and access.may(CREATE_WORKSPACE)


def check_plan(plan: Plan) -> None:
    """Raise `Invalid` if the handle, the roles or the grace period of a plan are not possible."""
    # Whether the handle is free is a problem of the preview, which people outside of the target do not learn.
    handle_is_well_formed(plan.new_handle)
    if len(plan.new_handle) > HANDLE_LENGTH:
        raise Invalid(f"A handle has at most {HANDLE_LENGTH} characters.")
    if not timedelta(0) <= timedelta(seconds=plan.grace_seconds) <= LONGEST_GRACE:
        raise Invalid(f"Old addresses can be served for at most {LONGEST_GRACE.days} days.")
    own = WorkspaceRole.objects.filter(account=plan.workspace.account_id, id__in=list(plan.roles))
    if own.count() != len(plan.roles):
        raise Invalid("Only custom roles of the workspace's account can be replaced.")
    wanted = {role for role in plan.roles.values() if role is not None}
    if WorkspaceRole.objects.usable_in(plan.target).filter(id__in=wanted).count() != len(wanted):
        raise Invalid("There is no such role in the account that the workspace is transferred to.")


def start(
    plan: Plan, *, user: User, actor: Actor, target_is_open: bool = True, preview_hash: str | None = None
) -> Transfer:
    """Start a transfer. It is approved at once if the user may approve it for the target, too.

    `target_is_open` is False if the restrictions of the target keep the user out now, so that they count as somebody
    outside. `preview_hash` is of the preview that they saw; None skips the comparison.

    Raises `Forbidden` without the right to transfer the workspace, `Invalid` for impossible terms, and `Conflict` for
    the problems of the preview, if it changed, and if another transfer of the workspace is open.
    """
    if not may_start(account_access(user, plan.workspace.account_id)):
        raise Forbidden("You may not transfer workspaces of this account.")
    check_plan(plan)
    shown = preview(plan)  # with its figures, which take too long to count under the locks
    # Before the locks, so that nobody holds up another account by requests that are refused.
    _check_start(plan, shown, user, target_is_open, preview_hash)
    return _start(plan, shown, user, actor, target_is_open, preview_hash)


@transaction.atomic
def _start(
    plan: Plan, shown: dict[str, Any], user: User, actor: Actor, target_is_open: bool, preview_hash: str | None
) -> Transfer:
    workspace = lock_workspace_between(plan.workspace.id, plan.workspace.account_id, plan.target.id)
    plan = Plan(workspace, plan.target, plan.new_handle, plan.roles, plan.grace_seconds)
    check_access_stands(actor)
    check_confirmed(actor, workspace.account)
    if not may_start(account_access(user, workspace.account_id)):
        raise Forbidden("You may not transfer workspaces of this account.")
    check_plan(plan)
    found = preview(plan, figures=False)
    approver = _check_start(plan, found, user, target_is_open, preview_hash or shown["hash"])
    transfer = Transfer.objects.create(
        workspace=workspace,
        source=workspace.account,
        target=plan.target,
        workspace_name=workspace.name,
        old_handle=workspace.handle,
        new_handle=plan.new_handle,
        roles={str(old): str(new) if new else None for old, new in plan.roles.items()},
        grace_seconds=plan.grace_seconds,
        preview=shown,
        preview_hash=found["hash"],
        requested_by=user,
        expires_at=timezone.now() + LIFETIME,
    )
    notices.record_for_both(transfer, "requested", actor=actor)
    if may_approve(approver):
        _approve(transfer, user, actor)
    else:
        notices.mail_admins(transfer, notices.REQUESTED, transfer.target, besides=actor)
    return transfer


def _check_start(
    plan: Plan, found: Mapping[str, Any], user: User, target_is_open: bool, preview_hash: str | None
) -> AccountAccess | None:
    """Raise `Conflict` if a transfer cannot start now. Return the user's access to the target, as far as it is open."""
    if Transfer.objects.filter(workspace=plan.workspace, status__in=OPEN).exists():
        raise Conflict("A transfer of this workspace is open. Cancel it first.")
    approver = account_access(user, plan.target.id) if target_is_open else None
    raise_problem(shown_to(found, source=True, target=approver is not None))
    if preview_hash not in (None, found["hash"]):
        raise Conflict(CHANGED)
    if not may_approve(approver):
        _check_pace(plan.workspace.account, user)
    return approver


def _check_pace(source: Account, user: User) -> None:
    """Raise `Conflict` after too many requests, which write to the admins and the audit log of another account."""
    today = Transfer.objects.filter(created__gt=timezone.now() - timedelta(days=1))
    asked = today.exclude(requested_by=F("approved_by"))
    if max(asked.filter(source=source).count(), asked.filter(requested_by=user).count()) >= MOST_REQUESTS:
        raise Conflict(f"At most {MOST_REQUESTS} requests can be sent to other accounts in a day. Try again later.")


def approve(transfer: Transfer, *, preview_hash: str, user: User, actor: Actor) -> Transfer:
    """Approve a transfer for the target. A task carries it out.

    Raises `Conflict` if it is not waiting, if a problem blocks it, and if the preview is no longer the one with this
    hash: then the new one is stored. Raises `Forbidden` without the right to approve.
    """
    with transaction.atomic():
        row = _lock_waiting(transfer)
        check_access_stands(actor)
        if not may_approve(account_access(user, row.target_id)):
            raise Forbidden("You may not approve transfers to this account.")
        found = preview(plan_of(row), figures=False)
        raise_problem(found)
        if found["hash"] != row.preview_hash:
            row.preview, row.preview_hash = found, found["hash"]
            row.save(update_fields=["preview", "preview_hash"])
        if found["hash"] == preview_hash:
            _approve(row, user, actor)
            return row
    raise Conflict(CHANGED)  # outside the transaction, so that the new preview stays


@transaction.atomic
def decline(transfer: Transfer, *, user: User, actor: Actor, refuse_more: bool = False) -> Transfer:
    """Decline a transfer for the target. With `refuse_more`, the source cannot send another request.

    Raises `Conflict` if it is not waiting, and `Forbidden` without the right to approve.
    """
    row = _lock_waiting(transfer)
    check_access_stands(actor)
    if not may_approve(account_access(user, row.target_id)):
        raise Forbidden("You may not decline transfers to this account.")
    _close(row, DECLINED)
    notices.record_for_both(row, "declined", actor=actor, refuse_more=refuse_more)
    if refuse_more:
        RefusedSource.objects.get_or_create(account=row.target, source=row.source)
    notices.mail_admins(row, notices.DECLINED, row.source, besides=actor)
    return row


@transaction.atomic
def cancel(transfer: Transfer, *, user: User, actor: Actor) -> Transfer:
    """Cancel a transfer for the source. Raises `Conflict` if it is not waiting, and `Forbidden` without the right."""
    row = _lock_waiting(transfer)
    check_access_stands(actor)
    if not may_start(account_access(user, row.source_id)):
        raise Forbidden("You may not cancel transfers of this account.")
    _close(row, CANCELLED)
    notices.record_for_both(row, "cancelled", actor=actor)
    notices.mail_admins(row, notices.CANCELLED, row.target, besides=actor)
    return row


@transaction.atomic
def accept_again(account: Account, source: Account, *, actor: Actor) -> bool:
    """Accept requests from the source again. Returns False if they were not refused."""
    if not RefusedSource.objects.filter(account=account, source=source).delete()[0]:
        return False
    record_for(account, "workspace.transfers-accepted", actor=actor, object_id=source.id, object_name=source.handle)
    return True


@transaction.atomic
def expire(transfer: Transfer) -> bool:
    """Close a request whose time has passed. Returns False if it was answered meanwhile."""
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("source", "target", "workspace")
    row = rows.filter(id=transfer.id, status=WAITING, expires_at__lte=timezone.now()).first()
    if row is None:
        return False
    _close(row, EXPIRED)
    notices.record_for_both(row, "expired", actor=system("transfers"))
    notices.mail_admins(row, notices.EXPIRED, row.source)
    return True


def plan_of(transfer: Transfer) -> Plan:
    """Return the plan that a transfer was started with."""
    return Plan(
        transfer.workspace, transfer.target, transfer.new_handle, roles_of(transfer.roles), transfer.grace_seconds
    )


def roles_of(roles: Mapping[str, str | None]) -> dict[UUID, UUID | None]:
    return {UUID(old): UUID(new) if new else None for old, new in roles.items()}


def _lock_waiting(transfer: Transfer) -> Transfer:
    """Lock a transfer with its accounts and workspace. Raises `Conflict` if it is not waiting for approval."""
    workspace = lock_workspace_between(transfer.workspace_id, transfer.source_id, transfer.target_id)
    row = lock_transfer(transfer)
    row.workspace = workspace
    if row.status != WAITING:
        raise Conflict(f"This transfer is {row.get_status_display()}.")
    if row.expires_at <= timezone.now():
        raise Conflict("This request has expired.")
    return row


def _approve(row: Transfer, user: User, actor: Actor) -> None:
    row.status, row.approved_by, row.decided_at, row.problem = APPROVED, user, timezone.now(), ""
    row.save(update_fields=["status", "approved_by", "decided_at", "problem"])
    notices.record_for_both(row, "approved", actor=actor)
    enqueue_on_commit("transfers.tasks.carry_out", str(row.id))


def _close(row: Transfer, status: str) -> None:
    row.status, row.decided_at = status, timezone.now()
    row.save(update_fields=["status", "decided_at"])
