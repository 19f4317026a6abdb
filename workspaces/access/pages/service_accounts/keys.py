"""The keys of a service account: rotating the key, ending a replaced key, showing a new key once."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.forms import blame
from accounts.key_creation import create_key_once
from accounts.models import ApiKey
from accounts.pages import sent_once
from accounts.services.addresses import check_confirmed
from orgs.models import ServiceAccount
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.service_accounts import end_rotating_key, rotate_key, rotating_keys
from rbac import permissions
from rbac.models import Grant
from workspaces.access.account_workspaces import load_accesses, open_workspaces
from workspaces.access.pages.service_accounts.service_account import (
    get_service_account,
    redirect_to_service_account,
    show_refusal,
)
from workspaces.access.service_account_forms import RotateForm
from workspaces.client_setup import commands

_MAX_WORKSPACES = 5  # for which the commands are shown beside a new key


@account_page(permissions.UPDATE_BOT)
def rotate(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    """Create a new key and show it once.

    The current key ends now or after a grace period. A key that an earlier rotation replaced ends now.
    """
    check_confirmed(request.user.as_actor(), request.account)
    bot = get_service_account(request, bot_id)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rotated = create_key_once(request, lambda: _rotate(request, bot, form))
        except ValidationError as error:
            blame(form, error, None)
        else:
            if rotated is None:
                return already_created(request, account_address(request.account, "service-account", bot.id))
            return show_key(request, bot, *rotated, new=False)
    context = {"form": form, "bot": bot, "rotating": rotating_keys(bot)}
    status = 422 if form.errors else 200
    return render(request, "workspaces/access/service_accounts/rotate.html", context, status=status)


@sent_once
@account_page(permissions.UPDATE_BOT)
@require_POST
def end_key(request: AccountRequest, bot_id: UUID, key_id: UUID) -> HttpResponse:
    """End a replaced key before its grace period is over."""
    bot = get_service_account(request, bot_id)
    rights = request.account_access.permissions
    try:
        ended = end_rotating_key(bot, key_id, actor=request.user.as_actor(), granter_scopes=rights)
    except ValidationError as error:
        return show_refusal(request, bot, error)
    if not ended:
        raise Http404
    messages.success(request, "The old key no longer works.")
    return redirect_to_service_account(request, bot)


def show_key(request: AccountRequest, bot: ServiceAccount, key: ApiKey, value: str, *, new: bool) -> HttpResponse:
    """Render the value of a key, and the commands to use it in the workspaces of the service account.

    `new` says that the service account is new as well.
    """
    granted = Grant.objects.filter(user=bot).values("workspace")
    shared = open_workspaces(request.user, request.account).filter(id__in=granted)[:_MAX_WORKSPACES]
    workspaces = [access.workspace for access in load_accesses(shared, request.account)]
    setups = [{"workspace": workspace, "commands": commands(workspace, value)} for workspace in workspaces]
    context = {"bot": bot, "key": key, "value": value, "setups": setups, "new": new}
    response = render(request, "workspaces/access/service_accounts/key.html", context)
    response["Cache-Control"] = "no-store"
    return response


def already_created(request: AccountRequest, address: str) -> HttpResponse:
    """Redirect to `address`, for a form that was sent again: its key was shown before."""
    messages.info(request, "This key was already created. Its value was shown once. If you lost it, rotate the key.")
    return redirect(address)


def _rotate(request: AccountRequest, bot: ServiceAccount, form: RotateForm) -> tuple[ApiKey, str]:
    return rotate_key(
        bot,
        expires_at=form.expires_at(),
        grace=form.grace_period(),
        actor=request.user.as_actor(),
        granter_scopes=request.account_access.permissions,
    )
