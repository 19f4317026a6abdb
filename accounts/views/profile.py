"""The profile: name, handle, picture, email, theme."""

from typing import cast

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.forms import ImageForm, ProfileForm, blame, split_name
from accounts.models import Account
from accounts.pages import PersonRequest, next_url, sent_once, signed_in
from accounts.services import people
from accounts.services.addresses import is_confirmed, may_send_confirmation
from accounts.services.new_address import new_address_of

THEMES = ("light", "dark")
_YEAR = 365 * 24 * 3600


@signed_in
@sent_once
def profile(request: PersonRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, initial={"name": user.name, "handle": user.handle})
    if request.method == "POST" and form.is_valid():
        try:
            new = not user.handle
            _save(request, form)
            messages.success(request, "You have an account now." if new else "Your profile is saved.")
            return redirect("home" if new else "profile")
        except ValidationError as error:
            blame(form, error, "handle")
    return _page(request, form, ImageForm())


@signed_in
@sent_once
def set_image(request: PersonRequest) -> HttpResponse:
    form = ImageForm(request.POST, request.FILES)
    account = _account(request)
    if request.method != "POST":
        return redirect("profile")
    if form.is_valid():
        try:
            upload = cast("File[bytes]", form.cleaned_data["image"])
            people.set_account_image(account, upload, actor=request.user.as_actor())
            messages.success(request, "Your picture is saved.")
            return redirect("profile")
        except ValidationError as error:
            blame(form, error, "image")
    known = ProfileForm(initial={"name": request.user.name, "handle": request.user.handle})
    return _page(request, known, form)


@signed_in
@require_POST
def remove_image(request: PersonRequest) -> HttpResponse:
    people.remove_account_image(_account(request), actor=request.user.as_actor())
    messages.success(request, "Your picture is removed.")
    return redirect("profile")


@signed_in
@require_POST
def verify_email(request: PersonRequest) -> HttpResponse:
    """Send the confirmation link again, and return to the page that offered it."""
    address = EmailAddress.objects.filter(user=request.user, email__iexact=request.user.email, verified=False).first()
    # Not public, but the only way that keeps allauth's limit of one mail in three minutes, and its message and signal.
    if address is not None and not send_verification_email_to_address(request, address):
        messages.info(request, "A link was sent a moment ago. Check your email, or try again in a few minutes.")
    return HttpResponseRedirect(next_url(request, default=reverse("profile")))


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Save the theme in a cookie, so that it also applies to signed-out pages."""
    response = HttpResponseRedirect(next_url(request))
    choice = request.POST.get("theme", "")
    if choice in THEMES:
        response.set_cookie("bailiwick_theme", choice, max_age=_YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("bailiwick_theme")
    return response


def _save(request: PersonRequest, form: ProfileForm) -> None:
    user, handle = request.user, form.cleaned_data["handle"]
    if not user.handle:  # an operator created by a command gets an account with the first saved profile
        people.provision_personal_account(user, handle=handle)
        user.refresh_from_db()
    first, last = split_name(form.cleaned_data["name"])
    people.update_profile(user, actor=user.as_actor(), first_name=first, last_name=last, handle=handle)


def _account(request: PersonRequest) -> Account:
    account: Account | None = getattr(request.user, "personal_account", None)
    if account is None:
        raise Http404
    return account


def _page(request: PersonRequest, form: ProfileForm, image_form: ImageForm) -> HttpResponse:
    refused = form.errors or image_form.errors
    context = {
        "form": form,
        "image_form": image_form,
        "confirmed": is_confirmed(request.user),
        "may_send_confirmation": may_send_confirmation(),
        "new_email": new.email if (new := new_address_of(request.user)) else "",
    }
    return render(request, "accounts/profile.html", context, status=422 if refused else 200)
