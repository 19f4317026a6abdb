"""Authentication with an API key: `Authorization: Bearer KEY`, or Basic with the key as the password.

See docs/contract/client-protocol.md, "Keys".
"""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import ApiKey, User
from accounts.services.keys import find_key
from core.rest.callers import client_address, key_value
from core.task_queue import enqueue_on_commit
from core.throttle import Throttle

_uses = Throttle(60)  # by key


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        value = key_value(request.META.get("HTTP_AUTHORIZATION", ""))
        key = find_key(value) if value else None
        if key is None:
            return None
        note_use(key, client_address(request))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def note_use(key: ApiKey, address: str) -> None:
    """Note the key's last use through the task queue, at most once a minute, so that requests write no row for it."""
    if _uses.is_due(key.id):
        enqueue_on_commit("accounts.tasks.note_key_use", str(key.id), timezone.now().isoformat(), address)
