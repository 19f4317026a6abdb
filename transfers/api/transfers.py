"""Bailiwick's own API of transfers: preview, start, list, read, approve, decline, cancel and undo them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.networks import blocks_address
from orgs.rest import AccountView
from rbac import permissions
from transfers import schemas
from transfers.models import RefusedSource, Transfer
from transfers.services import requests
from transfers.services.execution import undo
from transfers.services.preview import Plan, preview, shown_to
from transfers.services.reading import belongs, find_transfer, make_plan, shown_preview, target_by_handle, workspace_of


class TransferBase(AccountView):
    def is_closed(self, account: Account) -> bool:
        return blocks_address(account, self.address)

    def find(self, transfer_id: UUID) -> Transfer:
        return find_transfer(self.account, transfer_id)

    def plan(self, body: schemas.TransferTerms) -> tuple[Plan, bool]:
        """Return the plan of a body, and whether the caller counts as somebody of the target."""
        target = target_by_handle(body.to_account_handle)
        inside = belongs(self.user, target, self.is_closed)
        plan = make_plan(
            workspace_of(self.account, body.workspace_id),
            target,
            new_handle=body.new_handle,
            roles=body.roles,
            grace_seconds=body.grace_seconds,
            belongs=inside,
        )
        return plan, inside

    def answer(self, transfer: Transfer, status: int = 200) -> HttpResponse:
        shown = shown_preview(transfer, self.account, self.user, self.is_closed)
        return Answer(serialize(transfer) | {"preview": shown}, status=status)


class TransfersView(TransferBase):
    required_permissions = {"POST": permissions.DELETE_WORKSPACE}

    @describe("create_transfer", body=schemas.TransferCreate, answers={201: schemas.TransferWithPreview})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Start the transfer of a workspace of this account.

        If the caller administers both accounts, it is approved at once. Otherwise the target's admins are asked.
        """
        body = self.body(schemas.TransferCreate)
        plan, inside = self.plan(body)
        transfer = requests.start(
            plan, user=self.user, actor=self.actor, target_is_open=inside, preview_hash=body.preview_hash
        )
        return self.answer(transfer, 201)


class TransferPreviewView(TransferBase):
    required_permissions = {"POST": permissions.DELETE_WORKSPACE}

    @describe("preview_transfer", body=schemas.TransferTerms, answers={200: schemas.Preview})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return what a transfer would do. It changes nothing and asks nobody."""
        plan, inside = self.plan(self.body(schemas.TransferTerms))
        return Answer(shown_to(preview(plan), source=True, target=inside))


class TransfersFilterView(TransferBase):
    required_permissions = {"POST": permissions.CREATE_WORKSPACE}

    @describe("read_transfers", body=schemas.TransfersBody, answers={200: list[schemas.Transfer]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """List transfers from and to the account, the newest first."""
        body = self.body(schemas.TransfersBody, optional=True)
        rows = Transfer.objects.of_account(self.account)
        if body.direction is not None:
            rows = rows.filter(**{"target" if body.direction == "incoming" else "source": self.account})
        if (wanted := body.transfers) is not None:
            for column in ("id", "status", "workspace_id"):
                if (condition := getattr(wanted, column)) is not None:
                    rows = rows.filter(condition.q(column))
        return Answer([serialize(row) for row in rows.in_list().order_by("-id")[body.window]])


class TransferView(TransferBase):
    required_permissions = {"GET": permissions.CREATE_WORKSPACE}

    @describe("read_transfer", answers={200: schemas.TransferWithPreview})
    def get(self, request: Request, account_id: UUID, transfer_id: UUID) -> HttpResponse:
        return self.answer(self.find(transfer_id))


class ApproveTransferView(TransferBase):
    required_permissions = {"POST": permissions.CREATE_WORKSPACE}

    @describe("approve_transfer", body=schemas.Approval, answers={204: None})
    def post(self, request: Request, account_id: UUID, transfer_id: UUID) -> HttpResponse:
        """Approve a transfer to this account, as its preview with this hash tells it. It begins in the background."""
        transfer = find_side(self, transfer_id, "target")
        body = self.body(schemas.Approval)
        requests.approve(transfer, preview_hash=body.preview_hash, user=self.user, actor=self.actor)
        return NoContent()


class DeclineTransferView(TransferBase):
    required_permissions = {"POST": permissions.CREATE_WORKSPACE}

    @describe("decline_transfer", body=schemas.Refusal, answers={204: None})
    def post(self, request: Request, account_id: UUID, transfer_id: UUID) -> HttpResponse:
        """Decline a transfer to this account, and with `refuse_more` all further ones from its source."""
        transfer = find_side(self, transfer_id, "target")
        body = self.body(schemas.Refusal, optional=True)
        requests.decline(transfer, user=self.user, actor=self.actor, refuse_more=body.refuse_more)
        return NoContent()


class CancelTransferView(TransferBase):
    required_permissions = {"POST": permissions.DELETE_WORKSPACE}

    @describe("cancel_transfer", answers={204: None})
    def post(self, request: Request, account_id: UUID, transfer_id: UUID) -> HttpResponse:
        """Cancel a transfer from this account that waits for approval."""
        requests.cancel(find_side(self, transfer_id, "source"), user=self.user, actor=self.actor)
        return NoContent()


class UndoTransferView(TransferBase):
    # Owners alone hold it, and so may do what takes a workspace away from somebody.
    required_permissions = {"POST": permissions.DELETE_ACCOUNT}

    @describe("undo_transfer", answers={204: None})
    def post(self, request: Request, account_id: UUID, transfer_id: UUID) -> HttpResponse:
        """Return a workspace to the account it came from, within seven days. An owner of either account may."""
        undo(self.find(transfer_id), user=self.user, actor=self.actor)
        return NoContent()


class RefusedSourcesView(TransferBase):
    required_permissions = {"GET": permissions.CREATE_WORKSPACE}

    @describe("read_refused_sources", answers={200: list[schemas.Account]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """List the accounts from which this account accepts no transfers."""
        rows = RefusedSource.objects.filter(account=self.account).select_related("source").order_by("-id")[:200]
        return Answer([serialize_account(row.source) for row in rows])


class RefusedSourceView(TransferBase):
    required_permissions = {"DELETE": permissions.CREATE_WORKSPACE}

    @describe("accept_source", answers={204: None})
    def delete(self, request: Request, account_id: UUID, source_id: UUID) -> HttpResponse:
        """Accept transfers from an account again."""
        row = RefusedSource.objects.filter(account=self.account, source=source_id).select_related("source").first()
        if row is None or not requests.accept_again(self.account, row.source, actor=self.actor):
            raise NotFound
        return NoContent()


def find_side(view: TransferBase, transfer_id: UUID, side: str) -> Transfer:
    """Return a transfer that has the account on this side. Raises `NotFound`."""
    transfer = view.find(transfer_id)
    if getattr(transfer, side) != view.account:
        raise NotFound
    return transfer


def serialize(transfer: Transfer) -> dict[str, Any]:
    fields = (
        "id",
        "created",
        "status",
        "workspace_id",
        "workspace_name",
        "old_handle",
        "new_handle",
        "grace_seconds",
        "problem",
    )
    return {field: getattr(transfer, field) for field in fields} | {
        "source": serialize_account(transfer.source),
        "target": serialize_account(transfer.target),
        "expires": transfer.expires_at,
        "decided": transfer.decided_at,
        "transferred": transfer.transferred_at,
        "undo_until": transfer.undo_until,
    }


def serialize_account(account: Account) -> dict[str, Any]:
    return {"id": account.id, "handle": account.handle, "kind": account.kind}
