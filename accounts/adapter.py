"""Our choices within allauth: registration can be closed, and mail is sent from the queue."""

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from accounts.known_browsers import known_browser, remember_browser
from accounts.models import OutgoingMail, User
from accounts.services.addresses import confirmed_user
from accounts.services.mail import queue_mail
from accounts.services.mail_pace import MailPaceExceeded, check_pace
from accounts.services.mail_text import printable_address
from accounts.services.sessions import storable_address

_KNOWN_BROWSER = {"known_browser": "5/5m/key"}
# Mails that tell people what happened to their account. Only a signed-in person can cause them.
_NOTICES = {f"account/email/password_{what}" for what in ("changed", "set", "reset")}
# Counted apart: no other mail keeps an address from getting the link that recovers its account. Known and unknown
# addresses count alike.
_ASKED_FOR_RESET = {"account/email/password_reset_key", "account/email/unknown_account"}

logger = logging.getLogger("bailiwick.mail")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.OPEN_REGISTRATION)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the caller's address, for the list of sessions and for limits on attempts.

        The limits count an IPv6 address by its /64 network (allauth's `RATE_LIMIT_IPV6_PREFIX`).
        """
        return storable_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt to sign in. A browser that the person has used before has its own counter.

        Somebody who guesses a password from elsewhere then locks out other guessers, but not the person.
        """
        counter = known_browser(request, credentials.get("email", ""))
        if not counter:
            super().pre_authenticate(request, **credentials)
            return
        # Not public. allauth takes back the usage in this attribute when the sign-in succeeds; there is no hook.
        usage = ratelimit.consume(request, app="accounts", action="known_browser", config=_KNOWN_BROWSER, key=counter)
        self._login_failed_rl_usage = usage
        if not usage:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        remember_browser(request, response, user)
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _public(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _public(super().get_email_confirmation_url(request, emailconfirmation))

    def respond_email_verification_sent(self, request: HttpRequest, user: User | None) -> HttpResponseBase:
        """Return to the confirmation link that asked to sign in. Its page continues the pending sign-in."""
        wanted = get_next_redirect_url(request) or ""
        try:
            if resolve(urlsplit(wanted).path).url_name == "account_confirm_email":
                return redirect(wanted)
        except Resolver404:
            pass
        response: HttpResponseBase = super().respond_email_verification_sent(request, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail, or drop it if too many were sent recently.

        The caller is not told, because the response must not depend on the address.
        """
        if getattr(self.request, "pretends_to_sign_up", False):
            return
        purpose = _purpose(template_prefix, email)
        user = getattr(self.request, "user", None)
        sender_id = user.id if user is not None and user.is_authenticated else None
        try:
            check_pace(purpose, [email], sender_id=sender_id)
        except MailPaceExceeded:
            logger.info("A mail of the kind %s was not sent: too many in a short time.", template_prefix)
            return
        context = {**context, "request": self.request, "email": printable_address(email) or "this address"}
        message = self.render_mail(template_prefix, email, context)
        html = next((content for content, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
        queue_mail(
            recipient=email,
            subject=message.subject,
            text=message.body,
            html=html,
            purpose=purpose,
            sender_id=sender_id,
        )


def _purpose(template_prefix: str, email: str) -> str:
    """Return what a mail counts as."""
    if template_prefix in _ASKED_FOR_RESET:
        return str(OutgoingMail.RESET)
    # An address that nobody confirmed may be a stranger's: whoever signed up with it could flood it with notices.
    notice = template_prefix in _NOTICES and confirmed_user(email) is not None
    return str(OutgoingMail.NOTICE if notice else OutgoingMail.ACCOUNT)


def _public(address: str) -> str:
    """Return the URL with the configured host, whatever host the request named."""
    parts = urlsplit(address)
    return f"{settings.PUBLIC_URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")
