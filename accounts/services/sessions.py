"""Where somebody is signed in, and the end of it."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.rest.authentication import client_address
from auditlog.actors import Actor
from auditlog.services import record

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  a column of addresses takes no word for it; nobody listens there
_MOST = 1_000
# A session's key would open it, and its row has a number: this makes an id of the number.
_FIRST_ID = 0x0BA1_3000_0000_4000_8000_0000_0000_0000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser in which somebody is signed in. `address` is empty when it is not known."""

    id: UUID
    created: datetime
    updated: datetime
    expires_at: datetime
    address: str
    user_agent: str
    session_key: str  # never shown; tells a browser that it is the one


def note_session(request: HttpRequest, user: User) -> None:
    """Remember where a session was begun, that its person may end it from elsewhere.

    Also those of operators, who sign in by a door that allauth does not keep.
    """
    if not request.session.session_key:
        request.session.save()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "ip": storable_address(request),
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
            "last_seen_at": timezone.now(),
        },
    )


def storable_address(request: HttpRequest) -> str:
    """Where a request comes from, as the database takes it."""
    try:
        return str(ip_address(client_address(request).partition("%")[0]))
    except ValueError:
        return UNKNOWN_ADDRESS


def sessions_of(user: User) -> list[SignedIn]:
    """The sessions that open the site for this user now, the newest first."""
    noted = UserSession.objects.filter(user=user).order_by("-id")[:_MOST]
    known = {one.session_key: one for one in noted}
    rows = Session.objects.filter(session_key__in=list(known), expire_date__gt=timezone.now())
    found = [_signed_in(known[row.session_key], row) for row in rows if _opens(row, user)]
    return sorted(found, key=lambda one: one.id, reverse=True)


@transaction.atomic
def end_session(user: User, session_id: UUID, *, actor: Actor) -> bool:
    """Sign a browser out: its next page asks to sign in. False when the user has no such session."""
    number = session_id.int - _FIRST_ID
    if not 0 < number < 2**63:
        return False
    one = UserSession.objects.select_for_update().filter(user=user, id=number).first()
    if one is None:
        return False
    ended = Session.objects.filter(session_key=one.session_key).delete()[0]
    one.delete()
    if ended:
        record(
            "user.session-ended",
            actor=actor,
            account_id=user.personal_account_id,
            object_id=user.id,
            object_name=user.email,
            address=_address(one),
            user_agent=one.user_agent,
        )
    return bool(ended)


def forget_ended_sessions() -> None:
    """Drop what was noted of sessions that are gone."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(alive)).delete()


def _opens(row: Session, user: User) -> bool:
    """Whether the session is this user's; one from before a change of the password opens nothing."""
    data = row.get_decoded()
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    given = str(data.get(HASH_SESSION_KEY, ""))
    return data.get(SESSION_KEY) == str(user.pk) and any(constant_time_compare(given, one) for one in hashes)


def _signed_in(noted: UserSession, row: Session) -> SignedIn:
    return SignedIn(
        id=UUID(int=_FIRST_ID + noted.id),
        created=noted.created_at,
        updated=noted.last_seen_at,
        expires_at=row.expire_date,
        address=_address(noted),
        user_agent=noted.user_agent,
        session_key=noted.session_key,
    )


def _address(noted: UserSession) -> str:
    return "" if noted.ip == UNKNOWN_ADDRESS else noted.ip
