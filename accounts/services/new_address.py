"""The new email address that a person asked to change to, until they confirm it.

It is stored as an unconfirmed row of allauth's `EmailAddress`, next to the row of the current address. Nobody can sign
in with it, and other people can still sign up with it. `orgs.services.address_change` makes it the current address.
"""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from accounts.services.access import check_access_stands
from auditlog.actors import Actor
from auditlog.services import record
from core.errors import Invalid


def new_address_of(user: User) -> EmailAddress | None:
    """Return the unconfirmed address that the person asked to change to, or None."""
    return EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email).last()


def is_taken(email: str, *, by_other_than: User) -> bool:
    """Return whether the address belongs to another account. Reveal this only to the owner of the address."""
    return User.actors.filter(email=email.lower()).exclude(id=by_other_than.id).exists()


@transaction.atomic
def request_address_change(user: User, email: str, *, actor: Actor) -> EmailAddress:
    """Save the address that the person asked to change to, in place of an earlier request for another address.

    If the person already asked for this address, return its row, so that links that were sent still work. The caller
    mails the confirmation link. Raises `Invalid` for the current address, and `Forbidden` if the actor lost access
    after the request was authenticated.
    """
    check_access_stands(actor)  # locks the person
    email = email.lower()
    if email == _current_email(user).lower():
        raise Invalid("This is already your email address.")
    _delete_new_addresses(user, keep=email)
    address: EmailAddress
    address, created = EmailAddress.objects.get_or_create(user=user, email=email)
    if not created:
        return address
    _record("user.email-change-requested", user, actor, email)
    return address


@transaction.atomic
def cancel_address_change(user: User, *, actor: Actor) -> bool:
    """Delete the new address, so that its link no longer works. Returns False if there is none."""
    check_access_stands(actor)
    address = new_address_of(user)
    if address is None:
        return False
    _delete_new_addresses(user)
    _record("user.email-change-cancelled", user, actor, address.email)
    return True


def _delete_new_addresses(user: User, *, keep: str = "") -> None:
    rows = EmailAddress.objects.filter(user=user).exclude(email__iexact=_current_email(user))
    rows.exclude(email=keep, verified=False).delete()


def _current_email(user: User) -> str:
    return User.objects.values_list("email", flat=True).get(id=user.id)


def _record(action: str, user: User, actor: Actor, email: str) -> None:
    record(
        action,
        actor=actor,
        account_id=user.personal_account_id,
        object_id=user.id,
        object_name=user.email,
        email=email,
    )
