"""Signing up and accepting an invitation in one step."""

from django.db import transaction

from accounts.models import User
from accounts.services.handles import TAKEN
from accounts.services.people import create_user
from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Conflict, Taken
from orgs.models import Invitation
from workspaces.access.invitation_acceptance import SENDER_LOST_RIGHTS, revoke_for_sender
from workspaces.access.invitation_grants import apply_invitation, sender_may_invite
from workspaces.access.invitation_lookup import check_open, find_by_token, lock_invitation


def sign_up_and_accept(
    token: str, *, first_name: str, last_name: str, handle: str, password: str
) -> tuple[User, Invitation]:
    """Create a user with the invited address and accept the invitation for them, or do neither.

    A mailed token confirms the address. Raises `Invalid` or `Taken` for a bad or taken handle, `Conflict` if the
    address has an account, and the errors of `invitation_acceptance.accept_by_token`.
    """
    with transaction.atomic():
        invitation = lock_invitation(find_by_token(token))
        check_open(invitation)
        if sender_may_invite(invitation):
            user = _sign_up(invitation, first_name=first_name, last_name=last_name, handle=handle, password=password)
            return user, apply_invitation(invitation, user)
        revoke_for_sender(invitation, Actor("user", None, invitation.email))
    raise Conflict(SENDER_LOST_RIGHTS)


def _sign_up(invitation: Invitation, *, first_name: str, last_name: str, handle: str, password: str) -> User:
    has_account = Conflict("This email address has an account. Sign in to accept the invitation.")
    if User.actors.filter(email__iexact=invitation.email).exists():
        raise has_account
    try:
        with refuse_taken(TAKEN):
            return create_user(
                email=invitation.email,
                password=password,
                handle=handle,
                first_name=first_name,
                last_name=last_name,
                confirmed=invitation.mailed,
            )
    except Taken as error:  # a request at the same time took the address or the handle
        if User.actors.filter(email__iexact=invitation.email).exists():
            raise has_account from error
        raise
