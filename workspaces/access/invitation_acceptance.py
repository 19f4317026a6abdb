"""Accepting and declining invitations: by the token of the link, or by id with a confirmed address."""

from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services.sessions import Browser
from auditlog.actors import Actor
from core.errors import Conflict
from orgs.models import Invitation
from orgs.services.invitation_endings import record_invitation, revoke_row
from orgs.services.locks import lock_person
from orgs.services.recovery import EndedAccess, prove_address
from workspaces.access.invitation_grants import apply_invitation, close_invitation, sender_may_invite
from workspaces.access.invitation_lookup import check_invited, check_open, find_by_id, find_by_token, lock_invitation

SENDER_LOST_RIGHTS = (
    "The sender of this invitation may no longer invite people. It was revoked. Ask for a new invitation."
)


class Acceptance(NamedTuple):
    """An accepted invitation, and the access that ended if its link was the first proof of the address."""

    invitation: Invitation
    ended: EndedAccess | None


def accept_by_token(token: str, user: User, *, browser: Browser | None = None) -> Acceptance:
    """Accept the invitation of the token. Teams and workspaces that were deleted meanwhile are left out.

    A mailed token proves that its holder reads mail at the address. In a browser signed in to the account, given as
    `browser`, that confirms the address. A request with an API key confirms nothing, because others may hold keys of
    an unconfirmed account.

    Raises `Conflict` if the invitation was answered, revoked or replaced or has expired, and if the sender may no
    longer invite, which also revokes it. Raises `Forbidden` unless the user is the invited person.
    """
    with transaction.atomic():
        unlocked = find_by_token(token)
        check_invited(unlocked, user)
        if browser is not None:
            lock_person(user, also=[unlocked.account_id])
        invitation = lock_invitation(unlocked)
        check_open(invitation)
        if sender_may_invite(invitation):
            ended = prove_address(user, browser=browser) if browser is not None and invitation.mailed else None
            return Acceptance(apply_invitation(invitation, user), ended)
        revoke_for_sender(invitation, user.as_actor())
    raise Conflict(SENDER_LOST_RIGHTS)  # outside the transaction, so that the revocation stays


def accept_by_id(invitation_id: UUID, user: User) -> Invitation:
    """Accept an invitation to the user's confirmed address. Raises `Conflict` like `accept_by_token`."""
    with transaction.atomic():
        invitation = lock_invitation(find_by_id(invitation_id, user))
        check_open(invitation)
        if sender_may_invite(invitation):
            return apply_invitation(invitation, user)
        revoke_for_sender(invitation, user.as_actor())
    raise Conflict(SENDER_LOST_RIGHTS)


@transaction.atomic
def decline_by_token(token: str, user: User | None) -> Invitation:
    """Decline the invitation of the token. `user` is None for somebody who is not signed in: the token suffices.

    Raises the errors of `accept_by_token`, except that the sender's rights do not matter.
    """
    invitation = lock_invitation(find_by_token(token))
    check_open(invitation)
    if user is not None:
        check_invited(invitation, user)
    return _decline(invitation, user.as_actor() if user else Actor("user", None, invitation.email))


@transaction.atomic
def decline_by_id(invitation_id: UUID, user: User) -> Invitation:
    """Decline an invitation to the user's confirmed address. Raises `Conflict` like `accept_by_token`."""
    invitation = lock_invitation(find_by_id(invitation_id, user))
    check_open(invitation)
    return _decline(invitation, user.as_actor())


def revoke_for_sender(invitation: Invitation, actor: Actor) -> None:
    """Revoke an invitation whose sender has lost the right to invite. The caller has locked it."""
    revoke_row(invitation, actor, reason="The sender may no longer invite people.")


def _decline(invitation: Invitation, actor: Actor) -> Invitation:
    close_invitation(invitation, Invitation.REJECTED)
    record_invitation("rejected", invitation, actor)
    return invitation
