"""Finding and locking an invitation that somebody answers, and the checks before it is answered."""

from uuid import UUID

from accounts.models import User
from accounts.services.addresses import is_confirmed
from core.errors import Conflict, Forbidden
from orgs.models import Invitation
from orgs.services.invitation_rows import GONE, check_pending
from orgs.services.invitation_rows import lock_invitation as lock_row
from orgs.services.invitation_tokens import invitation_of


def find_by_token(token: str) -> Invitation:
    """Return the invitation of the token. Raises `Conflict` if there is none."""
    invitation = invitation_of(token)
    if invitation is None:
        raise Conflict(GONE)
    return invitation


def find_by_id(invitation_id: UUID, user: User) -> Invitation:
    """Return the invitation if it is for the person's confirmed address. Raises `Conflict` otherwise."""
    invitation = Invitation.objects.not_trashed().filter(id=invitation_id, email=user.email.lower()).first()
    if invitation is None or not user.is_person or not is_confirmed(user):
        raise Conflict(GONE)
    return invitation


def lock_invitation(invitation: Invitation) -> Invitation:
    """Lock the invitation and return it as it is now.

    Raises `Conflict` if it was deleted since it was read, or if a new link has replaced the token.
    """
    row = lock_row(invitation)
    if row.digest != invitation.digest:
        raise Conflict(GONE)
    return row


def check_open(invitation: Invitation) -> None:
    """Raise `Conflict` if the invitation was answered or revoked, or has ended or expired."""
    check_pending(invitation)
    if invitation.expired:
        raise Conflict("This invitation has expired.")


def check_invited(invitation: Invitation, user: User) -> None:
    """Raise `Forbidden` unless the invitation is for the person's address."""
    if not user.is_person or user.email.lower() != invitation.email:
        raise Forbidden("This invitation is for another email address.")
