"""The page of a service account, and what the pages that change it share."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import ApiKey
from accounts.views.keys import SOON
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.pages import AccountRequest, account_address, account_page
from rbac import permissions, scopes
from rbac.models import Grant
from rbac.role_choices import role_choices
from workspaces.access.account_workspaces import grant_rows, load_accesses, open_workspaces

MANAGE = scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS


@account_page(permissions.READ_BOT)
@require_safe
def service_account(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = get_service_account(request, bot_id)
    context = service_account_context(request, bot)
    return render(request, "workspaces/access/service_accounts/service_account.html", context)


def get_service_account(request: AccountRequest, bot_id: UUID) -> ServiceAccount:
    """Return a service account of the account. Raises `Http404` if there is none."""
    bot = ServiceAccount.objects.filter(home_account=request.account, id=bot_id).first()
    if bot is None:
        raise Http404
    bot.home_account = request.account
    return bot


def service_account_context(request: AccountRequest, bot: ServiceAccount, problem: str = "") -> dict[str, Any]:
    """Return the template context of the page. `problem` says why a change was refused."""
    grants = Grant.objects.filter(user=bot, workspace__account=request.account)
    others = open_workspaces(request.user, request.account).exclude(grants__user=bot)
    keys = list(bot.api_keys.order_by("created"))
    roles, now = role_choices(request.account), timezone.now()
    return {
        "bot": bot,
        "membership": Membership.objects.filter(account=request.account, user=bot).first(),
        "key": key_summary(next((key for key in reversed(keys) if key.replaced_at is None), None)),
        "rotating": [key for key in keys if key.replaced_at is not None and key.expires_at and key.expires_at > now],
        "rows": grant_rows(grants, request.user, request.account, scope=MANAGE, roles=roles),
        "others": [access.workspace for access in load_accesses(others, request.account) if access.allows(MANAGE)],
        "roles": roles,
        "created_by": creator_names(request, [bot.id]).get(str(bot.id), ""),
        "may": {
            "update": request.account_access.may(permissions.UPDATE_BOT),
            "delete": request.account_access.may(permissions.DELETE_BOT),
        },
        "problem": problem,
    }


def show_refusal(
    request: AccountRequest, bot: ServiceAccount, error: ValidationError, *, status: int = 409
) -> HttpResponse:
    """Render the page of the service account with the error."""
    context = service_account_context(request, bot, " ".join(error.messages))
    return render(request, "workspaces/access/service_accounts/service_account.html", context, status=status)


def redirect_to_service_account(request: AccountRequest, bot: ServiceAccount) -> HttpResponse:
    """Redirect to the page of the service account."""
    return redirect(account_address(request.account, "service-account", bot.id))


def key_summary(key: ApiKey | None) -> dict[str, Any] | None:
    """Return the key with whether it has expired or will soon (`SOON`)."""
    if key is None:
        return None
    soon = key.expires_at is not None and key.expires_at - timezone.now() < SOON
    return {"key": key, "expired": key.expired, "soon": soon and not key.expired}


def creator_names(request: AccountRequest, ids: list[UUID]) -> dict[str, str]:
    """Return by service account id the name of its creator, from the audit log: one query."""
    entries = Entry.objects.filter(
        account_id=request.account.id,
        workspace_id=None,
        object_id__in=[str(bot_id) for bot_id in ids],
        action="service-account.created",
    )
    return dict(entries.order_by().values_list("object_id", "actor_name"))
