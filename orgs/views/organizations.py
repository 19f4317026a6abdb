"""The page that creates an organization."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.forms import blame
from accounts.pages import PersonRequest, sent_once, signed_in
from accounts.services.addresses import check_confirmed
from core.pages.error_pages import error_page
from orgs.forms import OrganizationForm
from orgs.pages import account_address
from orgs.services.organizations import create_organization


@signed_in
@sent_once
def create(request: PersonRequest) -> HttpResponse:
    """Create an organization with the user as owner. The user must have a personal account."""
    if request.user.personal_account_id is None:
        message = "This operator account has no personal account. Choose a handle in your profile first."
        return error_page(request, 403, problem=message)
    check_confirmed(request.user.as_actor())
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = create_organization(
                name=form.cleaned_data["name"],
                handle=form.cleaned_data["handle"],
                founder=request.user,
                actor=request.user.as_actor(),
            )
            messages.success(request, f"The organization “{account.name}” was created. You are its owner.")
            return redirect(account_address(account, "overview"))
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "orgs/create.html", {"form": form}, status=422 if form.errors else 200)
