"""Record when and from which IP address each session was last used.

A background task saves it, so that viewing a page does not write to the database.
"""

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from accounts.services.sessions import storable_address
from core.task_queue import enqueue_on_commit
from core.throttle import Throttle

_uses = Throttle(300)  # by session key


def note_activity(request: HttpRequest) -> None:
    """Record the use of the request's session, at most every five minutes."""
    key = request.session.session_key
    if not key or not _uses.is_due(key):
        return
    session_id = UserSession.objects.filter(session_key=key).values_list("id", flat=True).first()
    if session_id is not None:
        now = timezone.now().isoformat()
        enqueue_on_commit("accounts.tasks.note_session_use", str(session_id), now, storable_address(request))


def skip_activity(session_key: str) -> None:
    """Record no use of the session in the next five minutes, because its start was recorded just now."""
    _uses.is_due(session_key)
