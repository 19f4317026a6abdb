"""Founding an organization."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.forms import blame
from accounts.pages import PersonRequest, sent_once, signed_in
from orgs.forms import OrganizationForm
from orgs.pages import account_address
from orgs.services.organizations import found_organization


@signed_in
@sent_once
def create(request: PersonRequest) -> HttpResponse:
    """Whoever has a personal account may found one, and becomes its owner."""
    if request.user.personal_account_id is None:
        words = "This is an operator's login without an account of its own. Choose a handle in your profile first."
        return render(request, "403.html", {"exception": words}, status=403)
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = found_organization(
                name=form.cleaned_data["name"],
                handle=form.cleaned_data["handle"],
                founder=request.user,
                actor=request.user.as_actor(),
            )
            messages.success(request, f"The organization “{account.name}” is founded, and you are its owner.")
            return redirect(account_address(account, "overview"))
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "orgs/create.html", {"form": form}, status=422 if form.errors else 200)
