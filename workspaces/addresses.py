"""The handles of workspaces, and their former addresses: where requests that still use them are led to."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from core.errors import Invalid, Taken
from workspaces.models import FormerAddress, Workspace, WorkspaceQuerySet

HANDLE_TAKEN = "This account has a workspace with this handle."
_MOST = 20  # former addresses of one workspace; older ones are forgotten


def is_served(workspace_id: UUID, account_id: UUID) -> bool:
    """Return whether API requests that name this former account of the workspace are still served."""
    rows = FormerAddress.objects.filter(workspace=workspace_id, account=account_id)
    return rows.filter(served_until__gt=timezone.now()).exists()


def was_in(workspace_id: UUID, account_id: UUID) -> bool:
    """Return whether the workspace belonged to this account before."""
    return FormerAddress.objects.filter(workspace=workspace_id, account=account_id).exists()


def formerly(workspaces: WorkspaceQuerySet, account: Account, handle: str) -> Workspace | None:
    """Return the one of the workspaces that had this account and handle last."""
    rows = FormerAddress.objects.filter(account=account, handle=handle, workspace__in=workspaces)
    former = rows.order_by("-created", "-id").select_related("workspace__account").first()
    return former.workspace if former else None


def is_reserved(account: Account, handle: str, *, besides: UUID | None = None) -> bool:
    """Return whether the handle is kept for a workspace that may return to the account."""
    rows = FormerAddress.objects.filter(account=account, handle=handle, reserved_until__gt=timezone.now())
    return rows.exclude(workspace=besides).exists()


def check_workspace_handle(account: Account, handle: str, *, besides: UUID | None = None) -> None:
    """Raise `Invalid` unless the handle is well formed, and `Taken` if another workspace of the account has it.

    A handle that is kept for the workspace `besides` is free for it.
    """
    handle_is_well_formed(handle)
    if len(handle) > HANDLE_LENGTH:
        raise Invalid(f"A handle has at most {HANDLE_LENGTH} characters.")
    if Workspace.objects.filter(account=account, handle=handle).exists():
        raise Taken(HANDLE_TAKEN)
    if is_reserved(account, handle, besides=besides):
        raise Taken("This handle is kept for a workspace that was transferred, until the transfer cannot be undone.")


def keep_address(
    workspace: Workspace, *, served_for: timedelta = timedelta(0), reserved_until: datetime | None = None
) -> None:
    """Remember the present account and handle of a workspace, which are about to change.

    Call it in the transaction of the change, after locking the workspace.
    """
    now = timezone.now()
    FormerAddress.objects.update_or_create(
        workspace=workspace,
        account=workspace.account,
        handle=workspace.handle,
        defaults={
            "served_until": now + served_for if served_for else None,
            "reserved_until": reserved_until,
            "created": now,
        },
    )
    newest = FormerAddress.objects.filter(workspace=workspace).order_by("-created", "-id").values_list("id", flat=True)
    in_use = Q(served_until__gt=now) | Q(reserved_until__gt=now)
    FormerAddress.objects.filter(workspace=workspace).exclude(in_use).exclude(id__in=list(newest[:_MOST])).delete()


def forget_address(workspace: Workspace) -> None:
    """Forget that the workspace was where it is now: it has returned there."""
    FormerAddress.objects.filter(workspace=workspace, account=workspace.account, handle=workspace.handle).delete()
