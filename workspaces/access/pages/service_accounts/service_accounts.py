"""The list of an account's service accounts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import ApiKey
from core.pages.paging import page_of, searched
from orgs.models import Membership, ServiceAccount
from orgs.pages import AccountRequest, account_page
from rbac import permissions
from rbac.models import Grant
from workspaces.access.account_workspaces import count_workspaces_by
from workspaces.access.pages.service_accounts.service_account import creator_names, key_summary


@account_page(permissions.READ_BOT)
@require_safe
def service_accounts(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    matching = ServiceAccount.objects.filter(home_account=request.account, first_name__icontains=words)
    paged = page_of(request, matching.order_by("first_name", "id"))
    ids = [bot.id for bot in paged.rows]
    memberships = {row.user_id: row for row in Membership.objects.filter(account=request.account, user__in=ids)}
    keys = {key.user_id: key for key in ApiKey.objects.filter(user__in=ids, replaced_at=None).order_by("created")}
    workspaces = count_workspaces_by(Grant.objects.filter(user__in=ids), "user", request.user, request.account)
    creators = creator_names(request, ids)
    rows = [
        {
            "bot": bot,
            "membership": memberships.get(bot.id),
            "key": key_summary(keys.get(bot.id)),
            "workspaces": workspaces.get(bot.id, 0),
            "created_by": creators.get(str(bot.id), ""),
        }
        for bot in paged.rows
    ]
    context = {
        "rows": rows,
        "paged": paged,
        "words": words,
        "may_create": request.account_access.may(permissions.CREATE_BOT),
    }
    return render(request, "workspaces/access/service_accounts/list.html", context)
