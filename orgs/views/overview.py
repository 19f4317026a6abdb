"""What an account is."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orgs.pages import AccountRequest, account_page


@account_page("read:account")
@require_safe
def overview(request: AccountRequest) -> HttpResponse:
    return render(request, "orgs/overview.html")
