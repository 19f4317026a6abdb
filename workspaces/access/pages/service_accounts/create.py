"""Creating a service account with its key and its roles in workspaces."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render

from accounts.forms import blame
from accounts.key_creation import create_key_once
from accounts.models import ApiKey
from accounts.services.addresses import check_confirmed
from core.errors import Taken
from orgs.models.plans import SERVICE_ACCOUNTS
from orgs.pages import AccountRequest, account_address, account_page
from orgs.plans import require_feature
from rbac import permissions
from rbac.role_choices import role_choices
from workspaces.access.account_workspaces import load_accesses, open_workspaces
from workspaces.access.pages.owner_confirmation import ask_before_owner
from workspaces.access.pages.service_accounts.keys import already_created, show_key
from workspaces.access.pages.service_accounts.service_account import MANAGE, get_service_account
from workspaces.access.service_account_forms import CreateForm
from workspaces.access.service_accounts import create_with_roles


@account_page(permissions.CREATE_BOT)
def create(request: AccountRequest) -> HttpResponse:
    """Create a service account and show its key once."""
    require_feature(request.account, SERVICE_ACCOUNTS)
    check_confirmed(request.user.as_actor(), request.account)
    accesses = load_accesses(open_workspaces(request.user, request.account), request.account)
    form = CreateForm(
        request.POST or None,
        rights=request.account_access.permissions,
        accesses=[access for access in accesses if access.allows(MANAGE)],
        roles=role_choices(request.account),
    )
    if request.method == "POST" and form.is_valid():
        asked = ask_before_owner(
            request,
            who=form.cleaned_data["name"],
            back=account_address(request.account, "service-accounts"),
            account_name=request.account.name,
            account_role=form.cleaned_data["role"],
            workspace_roles={access.workspace.full_handle: role for access, role in form.chosen_roles()},
        )
        if asked is not None:
            return asked
        try:
            created = create_key_once(request, lambda: _create(request, form))
        except ValidationError as error:
            blame(form, error, "name" if isinstance(error, Taken) else None)
        else:
            if created is None:
                return already_created(request, account_address(request.account, "service-accounts"))
            bot = get_service_account(request, created[0].user_id)
            return show_key(request, bot, *created, new=True)
    status = 422 if form.errors else 200
    return render(request, "workspaces/access/service_accounts/create.html", {"form": form}, status=status)


def _create(request: AccountRequest, form: CreateForm) -> tuple[ApiKey, str]:
    _, key, value = create_with_roles(
        request.account,
        name=form.cleaned_data["name"],
        role=form.cleaned_data["role"],
        expires_at=form.expires_at(),
        workspace_roles=form.chosen_roles(),
        actor=request.user.as_actor(),
        granter_scopes=request.account_access.permissions,
    )
    return key, value
