"""Locks of a transfer, in the order of `orgs.services.locks`: both accounts, the workspace, the transfer."""

from uuid import UUID

from accounts.models import Account
from core.errors import Conflict, NotFound
from transfers.models import Transfer
from workspaces.models import Workspace


def lock_workspace_between(workspace_id: UUID, source_id: UUID, target_id: UUID) -> Workspace:
    """Lock both accounts and the workspace, and return it. Raises `Conflict` if one of them was deleted or moved."""
    accounts = Account.objects.select_for_update(no_key=True).filter(id__in=[source_id, target_id])
    if len(accounts.order_by("id").values_list("id")) < len({source_id, target_id}):
        raise Conflict("One of both accounts was deleted.")
    rows = Workspace.objects.select_for_update(no_key=True, of=("self",)).filter(id=workspace_id, account=source_id)
    workspace = rows.select_related("account").first()
    if workspace is None:
        raise Conflict("This workspace was deleted or transferred.")
    return workspace


def lock_transfer(transfer: Transfer) -> Transfer:
    """Lock a transfer and return its current row. Raises `NotFound` if it is gone."""
    rows = Transfer.objects.select_for_update(of=("self",)).filter(id=transfer.id)
    row = rows.select_related("source", "target", "workspace").first()
    if row is None:
        raise NotFound
    return row
