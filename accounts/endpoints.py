"""Base classes of endpoints that are called with an API key."""

from rest_framework.request import Request

from accounts.models import ApiKey, User
from accounts.services.run_key_values import run_key_id
from auditlog.actors import Actor
from core.rest.callers import client_address, key_value
from core.rest.errors import ApiError, Unauthorized
from core.rest.rate_limits import limit_key, limit_wrong_keys
from core.rest.views import ApiView

REFUSED_TO_RUNS = "The key of a flow run does not allow this."


class KeyView(ApiView):
    """An endpoint for callers with an API key: `key`, which belongs to `user`, a person or service account."""

    user: User
    key: ApiKey

    @property
    def actor(self) -> Actor:
        return self.user.as_actor()

    def authenticate(self, request: Request) -> None:
        """Find `user` and `key`. Raises `Unauthorized`, and `ApiError` 429 above a limit of requests."""
        self.user, self.key = self.find_key(request)
        limit_key(self.key.id)

    def find_key(self, request: Request) -> tuple[User, ApiKey]:
        """Return the caller and their key. Raises `Unauthorized`, and `ApiError` 403 for the key of a flow run."""
        if request.user is None:
            raise _refusal(request)
        return request.user, request.auth  # type: ignore[return-value]  # a key has both


class OwnView(KeyView):
    """An endpoint about the caller: every key may call it, and it returns only what belongs to the caller."""

    def authorize(self, request: Request) -> None:
        """Allow every key."""


def _refusal(request: Request) -> Exception:
    if run_key_id(key_value(request.META.get("HTTP_AUTHORIZATION", ""))) is not None:
        return ApiError(403, REFUSED_TO_RUNS)
    return unknown_key(request)


def unknown_key(request: Request) -> Exception:
    """Return the error to raise for a request whose key is missing or wrong, and count wrong keys."""
    if key_value(request.META.get("HTTP_AUTHORIZATION", "")):
        limit_wrong_keys(client_address(request))
    return Unauthorized()
