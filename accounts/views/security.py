"""The page of a person's own security: password, sessions, and links to keys and deletion."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import PersonRequest, signed_in
from accounts.services.browsers import browser_name
from accounts.services.sessions import SignedIn, end_other_sessions, end_session, sessions_of

_MOST_SESSIONS = 50


@signed_in
@require_safe
def security(request: PersonRequest) -> HttpResponse:
    """List where the person is signed in, this browser first."""
    sessions = sorted(sessions_of(request.user), key=lambda session: not _is_current(request, session))
    rows = [
        {"session": session, "browser": browser_name(session.user_agent), "current": _is_current(request, session)}
        for session in sessions[:_MOST_SESSIONS]
    ]
    context = {"rows": rows, "others": len(sessions) - 1, "more": len(sessions) - len(rows)}
    return render(request, "accounts/security.html", {**context, "keys": request.user.api_keys.count()})


@signed_in
@require_POST
def end(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """Sign out one browser. For the browser of the request this is the same as signing out."""
    user = request.user
    if any(session.id == session_id and _is_current(request, session) for session in sessions_of(user)):
        logout(request)
        return redirect("account_login")
    if end_session(user, session_id, actor=user.as_actor()):
        messages.success(request, "That browser is signed out.")
    else:
        messages.info(request, "That session has already ended.")
    return redirect("security")


@signed_in
@require_POST
def end_others(request: PersonRequest) -> HttpResponse:
    user = request.user
    ended = end_other_sessions(user, keep=request.session.session_key or "", actor=user.as_actor())
    words = f"{ended} other browser{' is' if ended == 1 else 's are'} signed out."
    messages.success(request, words if ended else "You are not signed in anywhere else.")
    return redirect("security")


def _is_current(request: PersonRequest, session: SignedIn) -> bool:
    return session.session_key == request.session.session_key
