"""The profile: name, handle, picture, email, theme."""

from typing import cast
from uuid import UUID

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import ImageForm, ProfileForm, blame, split_name
from accounts.models import Account, AccountImage
from accounts.pages import PersonRequest, sent_once, signed_in
from accounts.services import people

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
    """Send the link that confirms the address once more."""
    address = EmailAddress.objects.filter(user=request.user, verified=False).order_by("-primary").first()
    if address is not None and not send_verification_email_to_address(request, address):
        messages.info(request, "A link was sent a moment ago. Look into your mail, or try again in a few minutes.")
    return redirect("profile")


@signed_in
@require_safe
def image(request: PersonRequest, account_id: UUID) -> HttpResponse:
    """The picture of an account that one belongs to. The address carries its time, so a browser may keep it."""
    belongs = Q(account__user=request.user) | Q(
        account__memberships__user=request.user, account__memberships__active=True
    )
    found = AccountImage.objects.filter(belongs, account=account_id).first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    patch_cache_control(response, private=True, max_age=_YEAR, immutable=True)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice of theme in a cookie, for signed-out pages too."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    choice = request.POST.get("theme", "")
    if choice in THEMES:
        response.set_cookie("bailiwick_theme", choice, max_age=_YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("bailiwick_theme")
    return response


def _save(request: PersonRequest, form: ProfileForm) -> None:
    user, handle = request.user, form.cleaned_data["handle"]
    if not user.handle:  # an operator made by a command gets the account with the first profile
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
    email = EmailAddress.objects.filter(user=request.user).order_by("-primary").first()
    refused = form.errors or image_form.errors
    context = {"form": form, "image_form": image_form, "email": email}
    return render(request, "accounts/profile.html", context, status=422 if refused else 200)
