"""Audit entries for sign-ins, sign-outs and changes of passwords, from the signals of Django and allauth."""

from typing import Any

from allauth.account import signals as account
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.services.sessions import mark_signed_up, note_session
from accounts.session_activity import skip_activity
from auditlog.actors import USER, Actor
from auditlog.models import FAILURE
from auditlog.services import record


@receiver(user_logged_in)
def logged_in(user: User, request: HttpRequest, **signal: Any) -> None:
    note_session(request, user)
    skip_activity(request.session.session_key or "")
    _record("user.logged-in", user)


@receiver(user_logged_out)
def logged_out(user: User | None, **signal: Any) -> None:
    if user is not None:  # anonymous sessions end, too
        _record("user.logged-out", user)


@receiver(user_login_failed)
def login_failed(credentials: dict[str, Any], **signal: Any) -> None:
    """Record a failed sign-in.

    Unknown addresses get an entry too, so that both cases take the same time. The entered address is not stored if it
    is unknown, because people type passwords into the wrong field.
    """
    email = str(credentials.get("email") or credentials.get("username") or "").lower()
    user = User.objects.select_related("personal_account").filter(email=email).first()
    actor = user.as_actor() if user else Actor(USER, None, "unknown address")
    record(
        "user.login-failed",
        actor=actor,
        account_id=user.personal_account_id if user else None,
        object_id=user.id if user else "",
        object_name=user.email if user else "",
        result=FAILURE,
    )


@receiver([account.password_changed, account.password_set])
def password_changed(user: User, **signal: Any) -> None:
    _record("user.password-changed", user)


@receiver(account.password_reset)
def password_reset(user: User, **signal: Any) -> None:
    _record("user.password-reset", user)


@receiver(account.user_signed_up)
def signed_up(user: User, request: HttpRequest, **signal: Any) -> None:
    mark_signed_up(request, user)


def _record(action: str, user: User, **detail: Any) -> None:
    record(
        action,
        actor=user.as_actor(),
        account_id=user.personal_account_id,
        object_id=user.id,
        object_name=user.email,
        **detail,
    )
