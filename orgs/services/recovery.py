"""End earlier access to an account when somebody proves that its email address is theirs.

Until the address is confirmed, anybody may control the account, because a stranger can sign up with an address that is
not theirs. So the first confirmation ends all access from before, unless it comes from the session that signed up. A
password reset always ends it.
"""

from dataclasses import asdict, astuple, dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, ApiKey, User
from accounts.services.account_mail import queue_account_mail
from accounts.services.addresses import confirm_address, is_confirmed
from accounts.services.keys import revoke_key
from accounts.services.sessions import Browser, end_all_sessions
from auditlog.actors import USER, Actor
from auditlog.services import record
from orgs.models import Invitation, Membership
from orgs.services.invitation_endings import revoke_row
from orgs.services.locks import lock_person
from orgs.services.members import remove_member
from orgs.services.organizations import account_settings, update_account_settings, update_organization

_REASON = "The sender proved the address of the account, or chose a new password by mail."


@dataclass(frozen=True, slots=True)
class EndedAccess:
    """How many of each kind were ended. It is false if nothing was."""

    sessions: int = 0
    keys: int = 0
    service_account_keys: int = 0
    invitations: int = 0
    collaborators: int = 0
    restrictions: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))

    @property
    def phrases(self) -> list[str]:
        """Return what was ended as phrases for a list: `2 API keys revoked`."""
        parts = (
            (self.sessions, "session", "signed out"),
            (self.keys, "API key", "revoked"),
            (self.service_account_keys, "service account key", "revoked"),
            (self.invitations, "invitation that you sent", "revoked"),
            (self.collaborators, "collaborator", "removed"),
            (self.restrictions, "access restriction", "turned off"),
        )
        return [f"{count} {noun if count == 1 else _plural(noun)} {verb}" for count, noun, verb in parts if count]


@transaction.atomic
def prove_address(user: User, *, browser: Browser) -> EndedAccess | None:
    """Confirm the address of a person who opened a mailed link while signed in to this account.

    Ends all earlier access but the session of this browser, and mails the person what was ended. If they signed up in
    this session, nothing is ended. Returns None if the address was already confirmed or the person was deleted.
    """
    person = lock_person(user)
    if person is None or not confirm_address(person, actor=person.as_actor()):
        return None
    if browser.signed_up:
        return EndedAccess()
    ended = end_access(person, actor=person.as_actor(), first_proof=True, keep=browser.session_key)
    if ended:
        mail_ended_access(person, ended)
    return ended


@transaction.atomic
def recover_account(user: User) -> EndedAccess:
    """Confirm the address and end all access of a person who chooses a new password by a mailed link.

    Call it with the row that `lock_person` returned. The caller sets the password.
    """
    first = confirm_address(user, actor=user.as_actor())
    return end_access(user, actor=user.as_actor(), first_proof=first)


@transaction.atomic
def end_access_with_password(user: User, *, actor: Actor, keep: str = "") -> EndedAccess:
    """End all access but the session `keep` when an operator replaces the password. Does not confirm the address.

    Call it with the row that `lock_person` returned. If the address is not confirmed, the same access is ended as by
    its first confirmation.
    """
    return end_access(user, actor=actor, first_proof=not is_confirmed(user), keep=keep)


def end_access(user: User, *, actor: Actor, first_proof: bool, keep: str = "") -> EndedAccess:
    """End sessions, keys, keys of the personal account's service accounts, and pending invitations.

    Collaborators and access restrictions are removed only by the first confirmation (`first_proof`): later ones were
    chosen by the person who confirmed the address.
    """
    account = Account.objects.filter(user=user).first()
    actors = Q(id=user.id) | Q(home_account=account) if account else Q(id=user.id)
    ended = EndedAccess(
        sessions=end_all_sessions(user, keep=keep),
        keys=_end_keys(Q(user=user), actor),
        service_account_keys=_end_keys(Q(user__home_account=account), actor) if account else 0,
        invitations=_revoke_invitations(user, account, actor),
        collaborators=_remove_collaborators(account, actor) if account and first_proof else 0,
        restrictions=_lift_restrictions(account, actor) if account and first_proof else 0,
    )
    user.access_ended_at = timezone.now()
    User.actors.filter(actors).update(access_ended_at=user.access_ended_at)
    record(
        "user.access-ended",
        actor=actor,
        account_id=account.id if account else None,
        object_id=user.id,
        object_name=user.email,
        **asdict(ended),
    )
    return ended


def _end_keys(whose: Q, actor: Actor) -> int:
    keys = list(ApiKey.objects.filter(whose).select_related("user").order_by("id"))
    in_force = sum(not key.expired for key in keys if revoke_key(key.user, key.id, actor=actor))
    return in_force


def _revoke_invitations(user: User, account: Account | None, actor: Actor) -> int:
    """Revoke the pending invitations that the person sent from any account, and all to their personal account.

    Return how many there were.
    """
    sent = Q(invited_by=user) | Q(account=account) if account else Q(invited_by=user)
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("account")
    pending = list(rows.filter(sent, status=Invitation.PENDING).order_by("id"))
    for invitation in pending:
        revoke_row(invitation, actor, reason=_REASON)
    return len(pending)


def _remove_collaborators(account: Account, actor: Actor) -> int:
    people = Membership.objects.filter(account=account, user__kind=USER).select_related("account", "user")
    memberships = list(people.order_by("id"))
    for membership in memberships:
        remove_member(membership, actor=actor)
    return len(memberships)


def _lift_restrictions(account: Account, actor: Actor) -> int:
    """Allow all networks and sign-ins of any age again. Return how many restrictions there were."""
    enforced = bool(account_settings(account)["enforce_ip_allowlist"])
    expiring = account.auth_expiration_seconds is not None
    update_account_settings(account, {"enforce_ip_allowlist": False}, actor=actor)
    update_organization(account, auth_expiration_seconds=None, actor=actor)
    return enforced + expiring


def mail_ended_access(user: User, ended: EndedAccess) -> None:
    """Mail the person what was ended, without their name, which somebody else may have chosen."""
    queue_account_mail("access_ended", user.email, confirmed=True, ended=ended)


def _plural(noun: str) -> str:
    first, rest, more = noun.partition(" that ")
    return f"{first}s{rest}{more}"
