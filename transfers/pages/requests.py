"""The list of an account's transfers, and the page of one transfer."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orgs.pages import AccountRequest, account_page
from rbac import permissions


@account_page(permissions.CREATE_WORKSPACE)
@require_safe
def transfers(request: AccountRequest) -> HttpResponse:
    return render(request, "transfers/list.html", {})


@account_page(permissions.CREATE_WORKSPACE)
@require_safe
def transfer(request: AccountRequest, transfer_id: UUID) -> HttpResponse:
    return render(request, "transfers/transfer.html", {})
