"""The account API of where one is signed in with a browser (docs/contract/cloud-api.md, "The caller")."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.endpoints import KeyView, OwnView
from accounts.models import User
from accounts.schemas import Session, SessionFilter, SessionsBody, SessionText
from accounts.services.sessions import SignedIn, end_session, sessions_of
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer


class MySessionsView(OwnView):
    @describe("read_my_sessions", answers={200: list[Session]})
    def get(self, request: Request) -> HttpResponse:
        """The browsers in which one is signed in, the newest first."""
        return Answer([_session(session, self.user) for session in sessions_of(self.user)])


class MySessionsFilterView(OwnView):
    @describe("filter_my_sessions", body=SessionsBody, answers={200: list[Session]})
    def post(self, request: Request) -> HttpResponse:
        body = self.body(SessionsBody, optional=True)
        found = [session for session in sessions_of(self.user) if body.filter is None or _fits(session, body.filter)]
        return Answer([_session(session, self.user) for session in found[body.window]])


class MySessionEndView(KeyView):
    def authorize(self, request: Request) -> None:
        """The key is enough: of what the address names, one's own sessions alone are looked at."""

    @describe("terminate_my_session", answers={200: None})
    def post(self, request: Request, session_id: UUID) -> HttpResponse:
        """Sign that browser out: its next page asks to sign in."""
        if not end_session(self.user, session_id, actor=self.actor):
            raise NotFound
        return Answer(None)


def _fits(session: SignedIn, wanted: SessionFilter) -> bool:
    expiry, restricted = wanted.expires_at, wanted.restricted
    ends = int(session.expires_at.timestamp())
    return (
        (expiry is None or expiry.before_ is None or ends <= expiry.before_)
        and (expiry is None or expiry.after_ is None or ends >= expiry.after_)
        and _says(session.address, wanted.ip_address)
        and _says(None, wanted.location)
        and (restricted is None or not restricted.is_restricted_)
    )


def _says(text: str | None, wanted: SessionText | None) -> bool:
    if wanted is None:
        return True
    if wanted.any_ is not None and text not in wanted.any_:
        return False
    return wanted.like_ is None or (text is not None and wanted.like_.lower() in text.lower())


def _session(session: SignedIn, user: User) -> dict[str, object]:
    return {
        "id": session.id,
        "created": session.created,
        "updated": session.updated,
        "user_id": user.id,
        "ip_address": session.address,
        "location": None,
        "user_agent": session.user_agent,
        "expires_at": int(session.expires_at.timestamp()),
        "restricted": False,
    }
