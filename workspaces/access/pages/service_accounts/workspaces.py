"""The roles of a service account in workspaces: granting and revoking."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from accounts.pages import sent_once
from orgs.pages import AccountRequest, account_address, account_page
from rbac import permissions
from workspaces.access.pages.owner_confirmation import ask_before_owner_of_workspace
from workspaces.access.pages.service_accounts.service_account import (
    MANAGE,
    get_service_account,
    redirect_to_service_account,
    show_refusal,
)
from workspaces.access.pages.teams.workspaces import chosen_role, managed_access
from workspaces.access.sharing import share_with, stop_sharing


@sent_once
@account_page(permissions.READ_BOT)
@require_POST
def share(request: AccountRequest, bot_id: UUID) -> HttpResponse:
    """Grant the service account a role in a workspace, in place of the one it had there."""
    bot = get_service_account(request, bot_id)
    access = managed_access(request, request.POST.get("workspace", ""), MANAGE)
    try:
        role = chosen_role(request)
        back = account_address(request.account, "service-account", bot.id)
        asked = ask_before_owner_of_workspace(request, access.workspace, role, who=bot.name, back=back)
        if asked is not None:
            return asked
        share_with(access.workspace, bot, role, actor=request.user.as_actor(), granter_scopes=access.scopes)
    except ValidationError as error:
        return show_refusal(request, bot, error, status=422)
    messages.success(request, f"{bot.name} is now {role.name} in {access.workspace.name}.")
    return redirect_to_service_account(request, bot)


@sent_once
@account_page(permissions.READ_BOT)
@require_POST
def unshare(request: AccountRequest, bot_id: UUID, workspace_id: UUID) -> HttpResponse:
    bot = get_service_account(request, bot_id)
    access = managed_access(request, str(workspace_id), MANAGE)
    if stop_sharing(access.workspace, bot, actor=request.user.as_actor(), granter_scopes=access.scopes):
        messages.success(request, f"{bot.name} no longer has a direct role in {access.workspace.name}.")
    return redirect_to_service_account(request, bot)
