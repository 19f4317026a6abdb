"""What can be done to a service account: edited, its key rotated, let into workspaces, disabled, deleted."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.forms import blame
from accounts.models import ApiKey
from accounts.pages import secret_once, sent_once
from orgs.models import Membership, ServiceAccount
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.members import set_active
from orgs.services.service_accounts import (
    active_key,
    delete_service_account,
    end_rotating_key,
    role_of,
    rotate_key,
    update_service_account,
)
from workspaces.service_account_forms import EditForm, RotateForm
from workspaces.sharing import share_with, stop_sharing, usable_role
from workspaces.views.service_account_keys import made_already, shown_once
from workspaces.views.service_accounts import MANAGE, frame, one_bot, to_bot
from workspaces.views.team_workspaces import as_id, managed


@sent_once
@account_page("update:bot")
def edit(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = one_bot(request, bot_id)
    rights = request.mine.permissions
    form = EditForm(request.POST or None, initial={"name": bot.name, "role": role_of(bot)}, rights=rights)
    if request.method == "POST" and form.is_valid():
        try:
            update_service_account(bot, actor=request.user.as_actor(), within=rights, **form.cleaned_data)
        except ValidationError as error:
            blame(form, error, "name" if error.code == "taken" else None)
            bot = one_bot(request, bot_id)
        else:
            words = "" if active_key(bot) else " It has no key in force: rotate to make one."
            messages.success(request, f"The service account is saved.{words}")
            return to_bot(request, bot)
    context = {"form": form, "bot": bot}
    return render(request, "orgs/service_accounts/edit.html", context, status=422 if form.errors else 200)


@account_page("update:bot")
def rotate(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    """A new key; the old one ends now or after a while."""
    bot = one_bot(request, bot_id)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, rights = request.user.as_actor(), request.mine.permissions

        def make() -> tuple[UUID, tuple[ApiKey, str]]:
            made = rotate_key(bot, expires_at=form.expires_at(), grace=form.works_on(), actor=actor, within=rights)
            return bot.id, made

        def again(_: UUID) -> tuple[UUID, tuple[ApiKey, str]]:
            return bot.id, rotate_key(bot, expires_at=form.expires_at(), actor=actor, within=rights)

        try:
            made = secret_once(request, make, again)
        except ValidationError as error:
            blame(form, error, None)
        else:
            if made is None:
                return made_already(request, account_address(request.account, "service-account", bot.id))
            return shown_once(request, bot, *made, new=False)
    context = {"form": form, "bot": bot}
    return render(request, "orgs/service_accounts/rotate.html", context, status=422 if form.errors else 200)


@sent_once
@account_page("update:bot")
@require_POST
def end_key(request: AccountRequest, bot_id: UUID, key_id: UUID) -> HttpResponse:
    """End a replaced key before its time."""
    bot = one_bot(request, bot_id)
    try:
        ended = end_rotating_key(bot, key_id, actor=request.user.as_actor(), within=request.mine.permissions)
    except ValidationError as error:
        return _refused(request, bot, error)
    if not ended:
        raise Http404
    messages.success(request, "The old key opens nothing any more.")
    return to_bot(request, bot)


@sent_once
@account_page("read:bot")
@require_POST
def share(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    """Let it into a workspace with a role, or give it another one there."""
    bot = one_bot(request, bot_id)
    access = managed(request, request.POST.get("workspace", ""), MANAGE)
    try:
        role = usable_role(access.workspace, as_id(request.POST.get("role", "")))
        if role is None:
            raise ValidationError("Choose one of the roles in the list.")
        share_with(access.workspace, bot, role, actor=request.user.as_actor(), within=access.scopes)
    except ValidationError as error:
        return _refused(request, bot, error, status=422)
    messages.success(request, f"{bot.name} is {role.name} in {access.workspace.handle}.")
    return to_bot(request, bot)


@sent_once
@account_page("read:bot")
@require_POST
def unshare(request: AccountRequest, bot_id: UUID, workspace_id: UUID) -> HttpResponse:
    bot = one_bot(request, bot_id)
    access = managed(request, str(workspace_id), MANAGE)
    if stop_sharing(access.workspace, bot, actor=request.user.as_actor(), within=access.scopes):
        messages.success(request, f"{bot.name} has no role in {access.workspace.handle} any more.")
    return to_bot(request, bot)


@sent_once
@account_page("update:bot")
def disable(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = one_bot(request, bot_id)
    if request.method != "POST":
        return render(request, "orgs/service_accounts/disable.html", {"bot": bot})
    return _switch(request, bot, active=False)


@sent_once
@account_page("update:bot")
@require_POST
def enable(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    return _switch(request, one_bot(request, bot_id), active=True)


@sent_once
@account_page("delete:bot")
def delete(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    bot = one_bot(request, bot_id)
    if request.method == "POST":
        delete_service_account(bot, actor=request.user.as_actor(), within=request.mine.permissions)
        messages.success(request, f"The service account “{bot.name}” is deleted.")
        return redirect(account_address(request.account, "service-accounts"))
    return render(request, "orgs/service_accounts/delete.html", frame(request, bot))


def _switch(request: AccountRequest, bot: ServiceAccount, *, active: bool) -> HttpResponse:
    membership = Membership.objects.filter(account=request.account, user=bot).first()
    if membership is None:
        raise Http404
    try:
        set_active(membership, active, actor=request.user.as_actor(), within=request.mine.permissions)
    except ValidationError as error:
        return _refused(request, bot, error)
    words = "works again" if active else "is disabled: its keys open nothing"
    messages.success(request, f"{bot.name} {words}.")
    return to_bot(request, bot)


def _refused(
    request: AccountRequest, bot: ServiceAccount, error: ValidationError, *, status: int = 409
) -> HttpResponse:
    context = frame(request, bot, " ".join(error.messages))
    return render(request, "orgs/service_accounts/service_account.html", context, status=status)
