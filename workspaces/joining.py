"""How invitations are answered: by the token that was mailed, or by who has a confirmed address and signs in."""

from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services.people import create_user
from auditlog.actors import Actor
from orgs.models import Invitation
from orgs.services.invitation_rows import GONE, end, held, record_invitation
from orgs.services.invitation_tokens import invitation_of
from workspaces.entering import close, confirm_address, has_confirmed, join, still_backed

UNBACKED = "Whoever sent this invitation may not invite to this any more. It is revoked; ask for a new one."


def accept(token: str, user: User) -> Invitation:
    """Join what the invitation is for, or what is left of it. Who has a mailed token reads the mail of the address.

    Raises ValidationError for one that was answered, revoked, replaced or is out of time, or whose sender has lost the
    rights to send it, which revokes it; and PermissionDenied for everybody but the invited person.
    """
    with transaction.atomic():
        invitation = _held(_by(token))
        _check_open(invitation)
        _check_person(invitation, user)
        if still_backed(invitation):
            if invitation.mailed:
                confirm_address(user)
            return join(invitation, user)
        _revoke(invitation, user.as_actor())
    raise ValidationError(UNBACKED, code="conflict")


def accept_mine(invitation_id: UUID, user: User) -> Invitation:
    """The same without the token, for who has confirmed the address. Raises as `accept`."""
    with transaction.atomic():
        invitation = _held(_mine(invitation_id, user))
        _check_open(invitation)
        if still_backed(invitation):
            return join(invitation, user)
        _revoke(invitation, user.as_actor())
    raise ValidationError(UNBACKED, code="conflict")


@transaction.atomic
def decline(token: str, user: User | None) -> Invitation:
    """Say no; without an account, too: the token stands for the invited person. Raises as `accept`."""
    invitation = _held(_by(token))
    _check_open(invitation)
    if user is not None:
        _check_person(invitation, user)
    return _decline(invitation, user.as_actor() if user else Actor("user", None, invitation.email))


@transaction.atomic
def decline_mine(invitation_id: UUID, user: User) -> Invitation:
    invitation = _held(_mine(invitation_id, user))
    _check_open(invitation)
    return _decline(invitation, user.as_actor())


def sign_up_and_accept(
    token: str, *, first_name: str, last_name: str, handle: str, password: str
) -> tuple[User, Invitation]:
    """A person with the invited address, which a mailed token confirms, and all that `accept` gives: both or neither.

    Raises ValidationError for a bad or taken handle, for an address that has an account, and as `accept`.
    """
    with transaction.atomic():
        invitation = _held(_by(token))
        _check_open(invitation)
        if still_backed(invitation):
            user = _sign_up(invitation, first_name=first_name, last_name=last_name, handle=handle, password=password)
            return user, join(invitation, user)
        _revoke(invitation, Actor("user", None, invitation.email))
    raise ValidationError(UNBACKED, code="conflict")


def _sign_up(invitation: Invitation, *, first_name: str, last_name: str, handle: str, password: str) -> User:
    known = ValidationError("This address has an account. Sign in to accept the invitation.", code="known")
    if User.actors.filter(email__iexact=invitation.email).exists():
        raise known
    try:
        with transaction.atomic():
            return create_user(
                email=invitation.email,
                password=password,
                handle=handle,
                first_name=first_name,
                last_name=last_name,
                confirmed=invitation.mailed,
            )
    except IntegrityError as error:  # two at once: of the address one has an account now, or of the handle
        if User.actors.filter(email__iexact=invitation.email).exists():
            raise known from error
        raise ValidationError("This handle is taken.", code="taken") from error


def _revoke(invitation: Invitation, actor: Actor) -> None:
    end(invitation, actor, reason="The sender may not invite to this any more.")


def _by(token: str) -> Invitation:
    found = invitation_of(token)
    if found is None:
        raise ValidationError(GONE, code="conflict")
    return found


def _mine(invitation_id: UUID, user: User) -> Invitation:
    found = Invitation.objects.filter(id=invitation_id, email=user.email.lower()).first()
    if found is None or not user.is_person or not has_confirmed(user):
        raise ValidationError(GONE, code="conflict")
    return found


def _held(found: Invitation) -> Invitation:
    """For this transaction alone. Raises ValidationError when a new link was made meanwhile, or it is gone."""
    row = held(found)
    if row.digest != found.digest:
        raise ValidationError(GONE, code="conflict")
    return row


def _check_open(invitation: Invitation) -> None:
    if invitation.status != Invitation.PENDING:
        raise ValidationError(f"This invitation is {invitation.get_status_display()} already.", code="conflict")
    if invitation.expired:
        raise ValidationError("This invitation has expired.", code="conflict")


def _check_person(invitation: Invitation, user: User) -> None:
    if not user.is_person or user.email.lower() != invitation.email:
        raise PermissionDenied("This invitation is for another address.")


def _decline(invitation: Invitation, actor: Actor) -> Invitation:
    close(invitation, Invitation.REJECTED)
    record_invitation("rejected", invitation, actor)
    return invitation
