"""Changes to a service account: editing, disabling, enabling, deleting."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.forms import blame
from accounts.pages import sent_once
from core.errors import Taken
from orgs.models import Membership, ServiceAccount
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.members import set_active
from orgs.services.service_accounts import active_key, delete_service_account, role_of, update_service_account
from rbac import permissions
from workspaces.access.pages.owner_confirmation import ask_before_owner
from workspaces.access.pages.service_accounts.service_account import (
    get_service_account,
    redirect_to_service_account,
    service_account_context,
    show_refusal,
)
from workspaces.access.service_account_forms import EditForm


@sent_once
@account_page(permissions.UPDATE_BOT)
def edit(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = get_service_account(request, bot_id)
    rights = request.account_access.permissions
    form = EditForm(request.POST or None, initial={"name": bot.name, "role": role_of(bot)}, rights=rights)
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"] if form.cleaned_data["role"] != role_of(bot) else ""
        back = account_address(request.account, "service-account", bot.id)
        asked = ask_before_owner(request, who=bot.name, back=back, account_name=request.account.name, account_role=role)
        if asked is not None:
            return asked
        try:
            update_service_account(bot, actor=request.user.as_actor(), granter_scopes=rights, **form.cleaned_data)
        except ValidationError as error:
            blame(form, error, "name" if isinstance(error, Taken) else None)
            bot = get_service_account(request, bot_id)
        else:
            words = "" if active_key(bot) else " It has no valid key. Rotate the key to create one."
            messages.success(request, f"Saved the service account.{words}")
            return redirect_to_service_account(request, bot)
    context = {"form": form, "bot": bot}
    return render(request, "workspaces/access/service_accounts/edit.html", context, status=422 if form.errors else 200)


@sent_once
@account_page(permissions.UPDATE_BOT)
def disable(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = get_service_account(request, bot_id)
    if request.method != "POST":
        return render(request, "workspaces/access/service_accounts/disable.html", {"bot": bot})
    return _set_active(request, bot, active=False)


@sent_once
@account_page(permissions.UPDATE_BOT)
@require_POST
def enable(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    return _set_active(request, get_service_account(request, bot_id), active=True)


@sent_once
@account_page(permissions.DELETE_BOT)
def delete(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = get_service_account(request, bot_id)
    if request.method == "POST":
        delete_service_account(bot, actor=request.user.as_actor(), granter_scopes=request.account_access.permissions)
        messages.success(request, f"Deleted the service account “{bot.name}”.")
        return redirect(account_address(request.account, "service-accounts"))
    return render(request, "workspaces/access/service_accounts/delete.html", service_account_context(request, bot))


def _set_active(request: AccountRequest, bot: ServiceAccount, *, active: bool) -> HttpResponse:
    membership = Membership.objects.filter(account=request.account, user=bot).first()
    if membership is None:
        raise Http404
    try:
        set_active(membership, active, actor=request.user.as_actor(), granter_scopes=request.account_access.permissions)
    except ValidationError as error:
        return show_refusal(request, bot, error)
    words = "is enabled" if active else "is disabled; its keys no longer work"
    messages.success(request, f"{bot.name} {words}.")
    return redirect_to_service_account(request, bot)
