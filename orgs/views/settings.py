"""What an account switches, section by section, and the way out of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import sent_once
from orgs.forms import SETTINGS_SECTIONS
from orgs.pages import AccountRequest, account_address, account_page
from orgs.queries import is_only_owner
from orgs.services.members import leave_account
from orgs.services.organizations import account_settings, update_account_settings


@account_page("update:account")
@require_safe
def settings(request: AccountRequest) -> HttpResponse:
    known = account_settings(request.account)
    sections: list[dict[str, object]] = [
        {"name": name, "title": title, "lead": lead, "form": form(initial=known, prefix=None)}
        for name, (title, lead, form) in SETTINGS_SECTIONS.items()
    ]
    return render(request, "orgs/settings.html", {"sections": sections})


@sent_once
@account_page("update:account")
@require_POST
def save(request: AccountRequest, section: str) -> HttpResponse:
    if section not in SETTINGS_SECTIONS:
        raise Http404
    title, _, kind = SETTINGS_SECTIONS[section]
    form: Form = kind(request.POST)
    form.full_clean()  # boxes only: nothing can be wrong with them
    update_account_settings(request.account, form.cleaned_data, actor=request.user.as_actor())
    messages.success(request, f"{title}: saved.")
    return redirect(f"{account_address(request.account, 'settings')}#{section}")


@sent_once
@account_page("read:account")
def leave(request: AccountRequest) -> HttpResponse:
    """Give up one's own membership: not the last owner's, and nobody leaves the personal account."""
    problem = ""
    if request.account.user_id == request.user.id:
        raise Http404
    if request.method == "POST":
        try:
            leave_account(request.account, user=request.user, actor=request.user.as_actor())
            messages.success(request, f"You have left {request.account.name}.")
            return redirect("workspaces")
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {"problem": problem, "only_owner": is_only_owner(request.mine, request.user)}
    return render(request, "orgs/leave.html", context, status=422 if problem else 200)
