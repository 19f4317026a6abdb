"""Confirmed email addresses, and the error for actions that need one.

Services, endpoints, pages and the admin all check addresses with this module.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account, User
from auditlog.actors import SYSTEM, USER, Actor
from auditlog.services import record
from core.errors import Forbidden


class Unconfirmed(Forbidden):
    """The actor needs a confirmed address. The API answers 403; pages offer to send the link again."""


def confirmation_required() -> bool:
    """Return whether people must confirm their address before they create organizations, invite, and so on."""
    return bool(settings.ACCOUNT_EMAIL_VERIFICATION != "none")


def may_send_confirmation() -> bool:
    """Return whether a mailed link can reach anybody."""
    return bool(settings.SENDS_MAIL) or confirmation_required()


def confirmed(user: Any, email: Any) -> "QuerySet[Any]":
    """Return the row that says the address is confirmed. Both arguments may be expressions of an outer query."""
    found: QuerySet[Any] = EmailAddress.objects.filter(user=user, email__iexact=email, verified=True)
    return found


def is_confirmed(user: User) -> bool:
    """Return whether the person has confirmed the address, or an operator vouched for it."""
    return confirmed(user, user.email).exists()


def confirmed_user(email: str) -> User | None:
    """Return the active person who has confirmed this address.

    Mail to any other address must not contain a name: its recipient did not ask for it, and a name can be a sentence.
    """
    address = EmailAddress.objects.select_related("user").filter(email=email, verified=True, user__is_active=True)
    found = address.first()
    return found.user if found else None


def check_confirmed(actor: Actor, account: Account | None = None) -> None:
    """Raise `Unconfirmed` unless the actor, and the person of a personal `account`, have a confirmed address.

    A service account has no address, so the address of its account's person counts. The system always passes.
    """
    if actor.kind == SYSTEM or not confirmation_required():
        return
    people = [actor.id if actor.kind == USER else None, account.user_id if account is not None else None]
    waiting = User.objects.filter(id__in=[person for person in people if person is not None]).exclude(
        Exists(confirmed(OuterRef("pk"), OuterRef("email")))
    )
    email = waiting.values_list("email", flat=True).first()
    if email is not None:
        raise Unconfirmed(f"Confirm the email address {email} first: open the link in the mail that was sent to it.")


def confirm_address(user: User, *, actor: Actor) -> bool:
    """Confirm the address and drop any other one. Returns False if it was confirmed before.

    The caller has locked the person's row and knows that they receive mail at the address.
    """
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
    address, _ = EmailAddress.objects.get_or_create(user=user, email=user.email.lower(), defaults={"primary": True})
    if address.verified or not address.set_verified():
        return False
    record(
        "user.email-confirmed",
        actor=actor,
        account_id=user.personal_account_id,
        object_id=user.id,
        object_name=user.email,
        email=address.email,
    )
    return True


def vouch_for_address(user: User) -> None:
    """Mark the address of a person whom an operator creates as confirmed."""
    EmailAddress.objects.get_or_create(
        user=user, email=user.email.lower(), defaults={"primary": True, "verified": True}
    )
