"""What people do at the door, from the signals of those who keep it: each leaves an entry. Never a password."""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.services.keys import revoke_key
from accounts.services.sessions import note_session
from auditlog.services import record


@receiver(user_logged_in)
def logged_in(user: User, request: HttpRequest, **signal: Any) -> None:
    note_session(request, user)
    _record("user.logged-in", user)


@receiver(user_logged_out)
def logged_out(user: User | None, **signal: Any) -> None:
    if user is not None:  # a session without anybody ends too
        _record("user.logged-out", user)


@receiver([account.password_changed, account.password_set])
def password_changed(user: User, **signal: Any) -> None:
    _record("user.password-changed", user)


@receiver(account.password_reset)
def password_reset(user: User, **signal: Any) -> None:
    """Who has used the link reads the mail of that address, so it is confirmed too.

    Until then somebody else may have had the account under this address: their keys end like their password.
    """
    _record("user.password-reset", user)
    for address in EmailAddress.objects.filter(user=user, email=user.email, verified=False):
        if address.set_verified():
            _record("user.email-confirmed", user, email=address.email)
            for key_id in list(user.api_keys.values_list("id", flat=True)):
                revoke_key(user, key_id, actor=user.as_actor())


@receiver(account.email_confirmed)
def email_confirmed(email_address: EmailAddress, **signal: Any) -> None:
    _record("user.email-confirmed", email_address.user, email=email_address.email)


def _record(action: str, user: User, **detail: Any) -> None:
    record(
        action,
        actor=user.as_actor(),
        account_id=user.personal_account_id,
        object_id=user.id,
        object_name=user.email,
        **detail,
    )
