"""Service accounts of an account: the list, making one with its key and workspaces, and the page of one."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import ApiKey
from accounts.pages import secret_once
from accounts.views.keys import SOON
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import page_of, searched
from orgs.services.service_accounts import create_service_account, rotate_key
from rbac import scopes
from rbac.models import Grant
from workspaces.account_access import accesses, given, open_workspaces, usable_roles, workspaces_counted
from workspaces.service_account_forms import CreateForm
from workspaces.sharing import share_with
from workspaces.views.service_account_keys import made_already, shown_once

MANAGE = scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS


@account_page("read:bot")
@require_safe
def service_accounts(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    named = ServiceAccount.objects.filter(home_account=request.account, first_name__icontains=words)
    paged = page_of(request, named.order_by("first_name", "id"))
    ids = [bot.id for bot in paged.rows]
    places = {place.user_id: place for place in Membership.objects.filter(account=request.account, user__in=ids)}
    keys = {key.user_id: key for key in ApiKey.objects.filter(user__in=ids, replaced_at=None).order_by("created")}
    granted = workspaces_counted(Grant.objects.filter(user__in=ids), "user", request.user, request.account)
    makers = _makers(request, ids)
    rows = [
        {
            "bot": bot,
            "place": places.get(bot.id),
            "key": told_key(keys.get(bot.id)),
            "workspaces": granted.get(bot.id, 0),
            "created_by": makers.get(str(bot.id), ""),
        }
        for bot in paged.rows
    ]
    context = {"rows": rows, "paged": paged, "words": words, "may_create": request.mine.may("create:bot")}
    return render(request, "orgs/service_accounts/list.html", context)


@account_page("create:bot")
def create(request: AccountRequest) -> HttpResponse:
    mine = accesses(open_workspaces(request.user, request.account), request.account)
    form = CreateForm(
        request.POST or None,
        rights=request.mine.permissions,
        places=[access for access in mine if access.allows(MANAGE)],
        roles=usable_roles(request.account),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = secret_once(request, lambda: _make(request, form), lambda bot: _make_again(request, form, bot))
        except ValidationError as error:
            blame(form, error, "name" if error.code == "taken" else None)
        else:
            if made is None:
                return made_already(request, account_address(request.account, "service-accounts"))
            return shown_once(request, *made, new=True)
    status = 422 if form.errors else 200
    return render(request, "orgs/service_accounts/create.html", {"form": form}, status=status)


@account_page("read:bot")
@require_safe
def service_account(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = one_bot(request, bot_id)
    return render(request, "orgs/service_accounts/service_account.html", frame(request, bot))


def one_bot(request: AccountRequest, bot_id: UUID) -> ServiceAccount:
    """The service account in the address, if it is the account's."""
    bot = ServiceAccount.objects.filter(home_account=request.account, id=bot_id).first()
    if bot is None:
        raise Http404
    bot.home_account = request.account
    return bot


def frame(request: AccountRequest, bot: ServiceAccount, problem: str = "") -> dict[str, Any]:
    """What the page of a service account shows."""
    grants = Grant.objects.filter(user=bot, workspace__account=request.account)
    others = open_workspaces(request.user, request.account).exclude(grants__user=bot)
    keys = list(bot.api_keys.order_by("created"))
    roles, now = usable_roles(request.account), timezone.now()
    return {
        "bot": bot,
        "place": Membership.objects.filter(account=request.account, user=bot).first(),
        "key": told_key(next((key for key in reversed(keys) if key.replaced_at is None), None)),
        "rotating": [key for key in keys if key.replaced_at is not None and key.expires_at and key.expires_at > now],
        "rows": given(grants, request.user, request.account, scope=MANAGE, roles=roles),
        "others": [one.workspace for one in accesses(others, request.account) if one.allows(MANAGE)],
        "roles": roles,
        "created_by": _makers(request, [bot.id]).get(str(bot.id), ""),
        "may": {name: request.mine.may(f"{name}:bot") for name in ("update", "delete")},
        "problem": problem,
    }


def told_key(key: ApiKey | None) -> dict[str, Any] | None:
    """A key as lists show it: amber in its last week."""
    if key is None:
        return None
    soon = key.expires_at is not None and key.expires_at - timezone.now() < SOON
    return {"key": key, "expired": key.expired, "soon": soon and not key.expired}


@transaction.atomic
def _make(request: AccountRequest, form: CreateForm) -> tuple[UUID, tuple[ServiceAccount, ApiKey, str]]:
    actor = request.user.as_actor()
    bot, key, value = create_service_account(
        request.account,
        name=form.cleaned_data["name"],
        role=form.cleaned_data["role"],
        expires_at=form.expires_at(),
        actor=actor,
        within=request.mine.permissions,
    )
    for access, role in sorted(form.granted(), key=lambda pair: pair[1].id):
        share_with(access.workspace, bot, role, actor=actor, within=access.scopes)
    return bot.id, (bot, key, value)


def _make_again(
    request: AccountRequest, form: CreateForm, bot_id: UUID
) -> tuple[UUID, tuple[ServiceAccount, ApiKey, str]]:
    """The second answer of a double click: the same service account with another key."""
    bot = one_bot(request, bot_id)
    rights = request.mine.permissions
    key, value = rotate_key(bot, expires_at=form.expires_at(), actor=request.user.as_actor(), within=rights)
    return bot.id, (bot, key, value)


def _makers(request: AccountRequest, ids: list[UUID]) -> dict[str, str]:
    """Who made these service accounts, as the record tells; one query."""
    made = Entry.objects.filter(
        account_id=request.account.id,
        workspace_id=None,
        object_id__in=[str(one) for one in ids],
        action="service-account.created",
    )
    return dict(made.order_by().values_list("object_id", "actor_name"))


def to_bot(request: AccountRequest, bot: ServiceAccount) -> HttpResponse:
    return redirect(account_address(request.account, "service-account", bot.id))
