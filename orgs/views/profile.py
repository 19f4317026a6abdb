"""Pages of an account's profile: name, handle, location, link, billing email, picture."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files import File
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import ImageForm, blame
from accounts.models import Account, AccountImage
from accounts.pages import sent_once
from accounts.services import people
from accounts.views.auth import handle_note
from orgs.forms import AboutForm, AccountForm, about
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.organizations import update_organization
from rbac import permissions


@sent_once
@account_page(permissions.UPDATE_ACCOUNT)
def edit(request: AccountRequest) -> HttpResponse:
    """Edit the profile. The name, handle and picture of a personal account are part of the person's own profile."""
    account = request.account
    form = _form(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            update_organization(account, actor=request.user.as_actor(), **form.cleaned_data)
            messages.success(request, "Saved the profile.")
            return redirect(account_address(account, "overview"))
        except ValidationError as error:
            blame(form, error, "link" if "link" in str(error.messages) else "handle")
    return _page(request, form, ImageForm())


@account_page(permissions.UPDATE_ACCOUNT)
@require_safe
def check(request: AccountRequest) -> HttpResponse:
    """Return the line under the field that says whether a handle is free. The account may reuse its former handles."""
    return handle_note(request, request.account)


@sent_once
@account_page(permissions.UPDATE_ACCOUNT)
@require_POST
def set_image(request: AccountRequest) -> HttpResponse:
    form = ImageForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload = cast("File[bytes]", form.cleaned_data["image"])
            people.set_account_image(request.account, upload, actor=request.user.as_actor())
            messages.success(request, "Saved the picture.")
            return redirect(account_address(request.account, "edit"))
        except ValidationError as error:
            blame(form, error, "image")
    return _page(request, _form(request.account, None), form)


@account_page(permissions.UPDATE_ACCOUNT)
@require_POST
def remove_image(request: AccountRequest) -> HttpResponse:
    people.remove_account_image(request.account, actor=request.user.as_actor())
    messages.success(request, "Removed the picture.")
    return redirect(account_address(request.account, "edit"))


def _form(account: Account, data: object) -> Form:
    if account.kind == Account.PERSONAL:
        return AboutForm(data, initial=about(account))  # type: ignore[arg-type]  # a QueryDict or None
    check = account_address(account, "handle-check")
    return AccountForm(data, initial=about(account), check=check)


def _page(request: AccountRequest, form: Form, image_form: ImageForm) -> HttpResponse:
    image = AccountImage.objects.filter(account=request.account).defer("content").first()
    context = {"form": form, "image_form": image_form, "image": image}
    return render(request, "orgs/edit.html", context, status=422 if form.errors or image_form.errors else 200)
