"""Sessions: where a person is signed in, and signing out from elsewhere."""

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
from auditlog.actors import Actor
from auditlog.services import record
from core.rest.callers import client_address

# The id of the person who signed up in this session.
_SIGNED_UP = "signed_up"
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  the column takes addresses only; nothing listens there
_MOST = 1_000
# Public ids are made from row numbers, because the session's key would give access.
_FIRST_ID = 0x0BA1_3000_0000_4000_8000_0000_0000_0000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser in which a person is signed in.

    `updated` is the time of its last use, to within five minutes. `address` is the IP address of that use, or empty.
    """

    id: UUID
    created: datetime
    updated: datetime
    expires_at: datetime
    address: str
    user_agent: str
    session_key: str  # never shown; used to mark the current browser


def note_session(request: HttpRequest, user: User) -> None:
    """Remember where a session began, so that the person can end it from elsewhere."""
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


@dataclass(frozen=True, slots=True)
class Browser:
    """The session in which a person confirms an address: its key, and whether they signed up in it."""

    session_key: str
    signed_up: bool


def mark_signed_up(request: HttpRequest, user: User) -> None:
    """Remember in the session that this person signed up in it."""
    request.session[_SIGNED_UP] = str(user.pk)


def browser_of(request: HttpRequest, user: User) -> Browser:
    return Browser(request.session.session_key or "", request.session.get(_SIGNED_UP) == str(user.pk))


def storable_address(request: HttpRequest) -> str:
    """Return the client's address in a form that the database accepts.

    An IPv4 address mapped to IPv6 becomes the IPv4 address, because limits that count IPv6 networks would take all of
    them for one caller.
    """
    try:
        address = ip_address(client_address(request).partition("%")[0])
    except ValueError:
        return UNKNOWN_ADDRESS
    return str(getattr(address, "ipv4_mapped", None) or address)


def sessions_of(user: User) -> list[SignedIn]:
    """Return the user's valid sessions, newest first."""
    noted = UserSession.objects.filter(user=user).order_by("-id")[:_MOST]
    known = {session.session_key: session for session in noted}
    rows = Session.objects.filter(session_key__in=list(known), expire_date__gt=timezone.now())
    found = [_signed_in(known[row.session_key], row) for row in rows if _opens(row, user)]
    return sorted(found, key=lambda session: session.id, reverse=True)


@transaction.atomic
def end_session(user: User, session_id: UUID, *, actor: Actor) -> bool:
    """Sign out a browser. Returns False if the user has no such session."""
    number = session_id.int - _FIRST_ID
    if not 0 < number < 2**63:
        return False
    noted = UserSession.objects.select_for_update().filter(user=user, id=number).first()
    if noted is None:
        return False
    ended = Session.objects.filter(session_key=noted.session_key).delete()[0]
    noted.delete()
    if ended:
        record(
            "user.session-ended",
            actor=actor,
            account_id=user.personal_account_id,
            object_id=user.id,
            object_name=user.email,
            address=_address(noted),
            user_agent=noted.user_agent,
        )
    return bool(ended)


@transaction.atomic
def end_other_sessions(user: User, *, keep: str, actor: Actor) -> int:
    """Sign the person out everywhere except in the session with the key `keep`. Returns how many ended."""
    ended = end_all_sessions(user, keep=keep)
    if ended:
        record(
            "user.sessions-ended",
            actor=actor,
            account_id=user.personal_account_id,
            object_id=user.id,
            object_name=user.email,
            sessions=ended,
        )
    return ended


def end_all_sessions(user: User, *, keep: str = "") -> int:
    """Sign the person out everywhere except in the session with the key `keep`. Returns how many ended."""
    noted = UserSession.objects.filter(user=user).exclude(session_key=keep)
    # A subquery, because there can be more sessions than a query can have parameters.
    rows = Session.objects.filter(session_key__in=noted.values("session_key"))
    alive = rows.filter(expire_date__gt=timezone.now())
    ended = sum(_opens(session, user) for session in alive.iterator())
    rows.delete()
    noted.delete()
    return ended


def renew_session(request: HttpRequest, user: User) -> None:
    """Give the session a new key, so that a copied cookie no longer works."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.cycle_key()
    note_session(request, user)


def forget_ended_sessions() -> None:
    """Delete the records of sessions that no longer exist."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(alive)).delete()


def _opens(row: Session, user: User) -> bool:
    """Return whether the session is valid for this user. A change of the password invalidates older ones."""
    data = row.get_decoded()
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    given = str(data.get(HASH_SESSION_KEY, ""))
    return data.get(SESSION_KEY) == str(user.pk) and any(constant_time_compare(given, valid) for valid in hashes)


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
