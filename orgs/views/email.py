"""Pages to change one's email address. The mailed link leads to `orgs.views.address`."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.address_mail import mail_new_address, mail_old_address, may_request_change
from accounts.email_form import EmailForm
from accounts.forms import blame
from accounts.pages import PersonRequest, sent_once, signed_in
from accounts.services.addresses import may_send_confirmation
from accounts.services.new_address import cancel_address_change, is_taken, new_address_of, request_address_change
from accounts.services.sessions import browser_of
from core.errors import Invalid, Taken
from orgs.services.address_change import TAKEN, change_address

_TOO_MANY_REQUESTS = "You asked for this several times in a few minutes. Wait ten minutes and try again."
_ALREADY_SENT = "A link was sent a moment ago. Check your email, or try again in a few minutes."


@signed_in
@sent_once
def change(request: PersonRequest) -> HttpResponse:
    """Ask for a new address and mail it a link. If the server cannot send mail, change the address at once."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, form.cleaned_data["email"])
            return redirect("profile")
        except ValidationError as error:
            blame(form, error, "email")
    context = {"form": form, "sends_link": may_send_confirmation()}
    return render(request, "accounts/email.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def send_again(request: PersonRequest) -> HttpResponse:
    """Mail the link to the new address again."""
    address = new_address_of(request.user)
    if address is None:
        messages.info(request, "There is no new email address to confirm.")
    elif mail_new_address(request, address):
        messages.info(request, _sent_to(address.email))
    else:
        messages.info(request, _ALREADY_SENT)
    return redirect("profile")


@signed_in
@require_POST
def cancel(request: PersonRequest) -> HttpResponse:
    if cancel_address_change(request.user, actor=request.user.as_actor()):
        messages.success(request, f"Your email address stays {request.user.email}.")
    return redirect("profile")


@transaction.atomic
def _change(request: PersonRequest, email: str) -> None:
    """Request the change, or change the address at once if the server cannot send mail.

    Raises `Invalid` if the request is refused. If a link is mailed, a taken address is not refused, so that nobody
    learns who has an account.
    """
    user = request.user
    if not may_request_change(request):
        raise Invalid(_TOO_MANY_REQUESTS)
    if not may_send_confirmation() and is_taken(email, by_other_than=user):
        raise Taken(TAKEN)
    address = request_address_change(user, email, actor=user.as_actor())
    if may_send_confirmation():
        mail_old_address(request, address)
        sent = mail_new_address(request, address)
        messages.info(request, _sent_to(address.email) if sent else _ALREADY_SENT)
        return
    change_address(user, address, browser=browser_of(request, user), proven=False)
    messages.success(request, f"Your email address is now {email}.")


def _sent_to(email: str) -> str:
    return f"We sent a link to {email}. Open it in a browser where you are signed in to confirm the address."
