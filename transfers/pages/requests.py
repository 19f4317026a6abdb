"""The list of an account's transfers, and the page of one transfer with its answers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages import sent_once
from core.errors import NotFound
from core.pages.paging import page_of
from orgs.pages import AccountRequest, account_address, account_page
from rbac import permissions
from transfers.models import APPROVED, COMPLETED, WAITING, RefusedSource, Transfer
from transfers.pages.restrictions import restrictions_of
from transfers.services import requests
from transfers.services.execution import owns, undo
from transfers.services.reading import find_transfer, shown_preview
from workspaces.client_setup import commands
from workspaces.scoping import enter


@account_page(permissions.CREATE_WORKSPACE)
@require_safe
def transfers(request: AccountRequest) -> HttpResponse:
    """List transfers from and to the account, and the accounts from which it accepts none."""
    rows = Transfer.objects.of_account(request.account).in_list().order_by("-id")
    refused = RefusedSource.objects.filter(account=request.account).select_related("source").order_by("-id")[:200]
    return render(request, "transfers/list.html", {"page": page_of(request, rows), "refused": refused})


@account_page(permissions.CREATE_WORKSPACE)
@require_safe
def transfer(request: AccountRequest, transfer_id: UUID) -> HttpResponse:
    """Show what a transfer does or did, and what the reader can do about it. While it runs, the page looks again."""
    found = _find(request, transfer_id)
    mine, waiting = found.target == request.account, found.status == WAITING and not _is_over(found)
    context: dict[str, Any] = {
        "transfer": found,
        "preview": shown_preview(found, request.account, request.user, restrictions_of(request)),
        "incoming": mine,
        "may_answer": mine and waiting,
        "may_cancel": not mine and waiting,
        "may_undo": found.can_be_undone and owns(request.user, request.account),
        "running": found.status == APPROVED,
    }
    if found.status == COMPLETED and (access := enter(request.user, found.workspace_id)) is not None:
        context |= {"moved": access.workspace, "commands": commands(access.workspace)}
    template = "transfers/_progress.html" if "X-Poll" in request.headers else "transfers/transfer.html"
    done = "X-Poll" in request.headers and found.status != APPROVED
    return render(request, template, context, status=286 if done else 200)


@sent_once
@account_page(permissions.CREATE_WORKSPACE)
@require_POST
def approve(request: AccountRequest, transfer_id: UUID) -> HttpResponse:
    found = _find(request, transfer_id, "target")
    hash = request.POST.get("preview_hash", "")[:64]
    return _answered(
        request,
        found,
        "Approved. The transfer has begun.",
        lambda: requests.approve(found, preview_hash=hash, user=request.user, actor=request.user.as_actor()),
    )


@sent_once
@account_page(permissions.CREATE_WORKSPACE)
@require_POST
def decline(request: AccountRequest, transfer_id: UUID) -> HttpResponse:
    found, refuse_more = _find(request, transfer_id, "target"), "refuse_more" in request.POST
    return _answered(
        request,
        found,
        "Declined the transfer.",
        lambda: requests.decline(found, user=request.user, actor=request.user.as_actor(), refuse_more=refuse_more),
    )


@sent_once
@account_page(permissions.DELETE_WORKSPACE)
@require_POST
def cancel(request: AccountRequest, transfer_id: UUID) -> HttpResponse:
    found = _find(request, transfer_id, "source")
    return _answered(
        request,
        found,
        "Cancelled the transfer.",
        lambda: requests.cancel(found, user=request.user, actor=request.user.as_actor()),
    )


@sent_once
@account_page(permissions.DELETE_ACCOUNT)
@require_http_methods(["GET", "POST"])
def undo_transfer(request: AccountRequest, transfer_id: UUID) -> HttpResponse:
    """Ask before a transfer is undone, then undo it. Only owners hold the permission."""
    found = _find(request, transfer_id)
    if request.method == "POST":
        return _answered(
            request,
            found,
            "The transfer was undone.",
            lambda: undo(found, user=request.user, actor=request.user.as_actor()),
        )
    if not found.can_be_undone:
        raise Http404
    text = (
        f"The workspace returns to {found.source.handle}/{found.old_handle} with the roles, access lists and "
        f"invitations that it had there. Roles that {found.target.handle} granted since then end. Runs, deployments "
        "and everything else that happened meanwhile are kept."
    )
    return render(request, "transfers/undo.html", {"transfer": found, "text": text})


@sent_once
@account_page(permissions.CREATE_WORKSPACE)
@require_POST
def accept_source(request: AccountRequest, source_id: UUID) -> HttpResponse:
    """Accept transfers from an account again."""
    row = RefusedSource.objects.filter(account=request.account, source=source_id).select_related("source").first()
    if row is None:
        raise Http404
    requests.accept_again(request.account, row.source, actor=request.user.as_actor())
    messages.success(request, f"Requests from {row.source.handle} are accepted again.")
    return redirect(account_address(request.account, "transfers"))


def _answered(request: AccountRequest, found: Transfer, done: str, work: Callable[[], Any]) -> HttpResponse:
    """Do the work, say what happened, and return to the page of the transfer."""
    try:
        work()
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "transfer", found.id))


def _find(request: AccountRequest, transfer_id: UUID, side: str = "") -> Transfer:
    """Return a transfer of the account, which has it on this side if one is given. Raises `Http404`."""
    try:
        found = find_transfer(request.account, transfer_id)
    except NotFound as error:
        raise Http404 from error
    if side and getattr(found, side) != request.account:
        raise Http404
    return found


def _is_over(found: Transfer) -> bool:
    """Return whether a request has expired, which the next sweep will note."""
    return not Transfer.objects.incoming(found.target).filter(id=found.id).exists()
