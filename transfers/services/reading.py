"""Find transfers and their accounts for somebody, and show what they may know."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.models import Account, User
from accounts.services.handles import account_by_handle
from core.db import tenants
from core.errors import Invalid, NotFound
from orgs.queries import account_access
from transfers.models import WAITING, Transfer
from transfers.services.preview import Plan, preview, shown_to, suggested_roles
from transfers.services.requests import GRACE, check_plan, plan_of
from workspaces.models import Workspace

# Whether the restrictions of an account (`orgs.account_restrictions`) keep the caller out now.
IsClosed = Callable[[Account], bool]
NO_ACCOUNT = "There is no account with this handle."


def target_by_handle(handle: str) -> Account:
    """Return the account with this handle. Raises `Invalid` if there is none."""
    account = account_by_handle(handle.strip().lower().removeprefix("@"))
    if account is None:
        raise Invalid(NO_ACCOUNT)
    return account


def target_by_id(user: User, account_id: UUID) -> Account:
    """Return an account that the user belongs to. Raises `Invalid` for every other id."""
    access = account_access(user, account_id)
    if access is None:
        raise Invalid("You do not belong to an account with this id.")
    return access.account


def workspace_of(account: Account, workspace_id: UUID) -> Workspace:
    """Return a workspace of an account whose admin the caller is, and reach it. Raises `NotFound`."""
    workspace = Workspace.objects.select_related("account").filter(account=account, id=workspace_id).first()
    if workspace is None:
        raise NotFound
    tenants.reach(workspace.id)
    return workspace


def make_plan(
    workspace: Workspace,
    target: Account,
    *,
    new_handle: str | None = None,
    roles: dict[UUID, UUID | None] | None = None,
    grace_seconds: int | None = None,
    belongs: bool,
) -> Plan:
    """Return a plan, with a suggested role for each custom role that is left out.

    `belongs` says whether the caller belongs to the target. Raises the errors of `check_plan`.
    """
    suggested = suggested_roles(workspace, target, of_target=belongs)
    grace = int(GRACE.total_seconds()) if grace_seconds is None else grace_seconds
    plan = Plan(workspace, target, new_handle or workspace.handle, suggested | (roles or {}), grace)
    check_plan(plan)
    return plan


def belongs(user: User, account: Account, is_closed: IsClosed) -> bool:
    """Return whether the user belongs to the account, and its restrictions let them in now."""
    return account_access(user, account.id) is not None and not is_closed(account)


def find_transfer(account: Account, transfer_id: UUID) -> Transfer:
    """Return a transfer from or to an account. Raises `NotFound`.

    The request reaches the workspace if a preview or an undo needs it: both sides agreed that the other one sees what
    the preview tells.
    """
    rows = Transfer.objects.of_account(account).select_related("workspace__account", "source", "target")
    transfer = rows.filter(id=transfer_id).first()
    if transfer is None:
        raise NotFound
    if transfer.status == WAITING or transfer.can_be_undone:
        tenants.reach(transfer.workspace_id)
    return transfer


def shown_preview(transfer: Transfer, account: Account, user: User, is_closed: IsClosed) -> dict[str, Any]:
    """Return the preview for somebody in `account`: the present one while the transfer waits, else the stored one."""
    whole: dict[str, Any] = transfer.preview
    if transfer.status == WAITING and transfer.workspace.account_id == transfer.source_id:
        whole = preview(plan_of(transfer))
    return shown_to(
        whole,
        source=account == transfer.source or belongs(user, transfer.source, is_closed),
        target=account == transfer.target or belongs(user, transfer.target, is_closed),
    )
