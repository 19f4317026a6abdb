"""The base classes of all endpoints."""

import time
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.http.response import HttpResponseBase
from pydantic import ValidationError
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from core.rest.bodies import reject_unstorable_json
from core.rest.callers import client_address
from core.rest.descriptions import Described, check_response
from core.rest.errors import ApiError, InvalidBody, Unauthorized, answer_for, logger, server_error, unauthorized
from core.rest.parsing import ECHO_LIMIT, adapter_of, echo, error_details
from core.rest.rate_limits import busy_accounts, limit_anonymous, processor_time

Shape = TypeVar("Shape")
BODY_BYTES = 2_097_152  # limit for most endpoints; the largest usual part is half a megabyte of parameters
LARGEST_BODY_BYTES = (
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
)  # limit for any endpoint, such as that for log lines; never 0
FREE_WAIT = 1.0  # seconds that a request may wait for the database before the wait is charged


class ApiView(APIView):
    """An endpoint. Subclasses implement `authenticate` and `authorize`; without them nobody may call it.

    The usual bases are `PublicView` below, `accounts.endpoints.KeyView`, `orgs.rest.AccountView` and
    `workspaces.rest.WorkspaceView`. Methods parse with `self.body(Shape)` and return `Answer(...)` or `NoContent()`.
    """

    # The contract answers OPTIONS and HEAD with 405.
    http_method_names = ["get", "post", "put", "patch", "delete"]
    long_errors: ClassVar[bool] = False  # whether 422 has the workspace API's body, which repeats the request
    anonymous: ClassVar[bool] = False  # whether no key is needed; see `PublicView`
    permission_classes = []  # unused: `authorize` replaces DRF's permissions, because it knows the tenant

    # The id of the account whose share of processor time the request uses (`core.processor_time`). Set by
    # `orgs.rate_limits.admit`.
    charged_to: str | None = None
    # Whether waiting for the database counts as processor time. Set for requests that only read: writes wait for other
    # writes.
    pays_for_waiting = False

    @classmethod
    def described(cls, method: str) -> Described | None:
        """Return what the OpenAPI document says of a method: what `@describe` declared."""
        described: Described | None = getattr(getattr(cls, method, None), "described", None)
        return described

    def authenticate(self, request: Request) -> None:
        """Find the caller. Raises `Unauthorized` unless a subclass overrides it."""
        raise Unauthorized

    def authorize(self, request: Request) -> None:
        """Find the tenant and check the caller's permission. Raises `ApiError`."""
        raise ApiError(403, f"{type(self).__name__} declares no permission.")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the request before the method runs: first who calls, so that others learn nothing about methods."""
        self._began, self._began_at = time.thread_time(), time.monotonic()
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            raise ApiError(411, "Length Required")
        if self.anonymous:
            limit_anonymous(client_address(request))
        else:
            self.authenticate(request)
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise MethodNotAllowed(method)
        self.authorize(request)

    def body(self, shape: type[Shape], *, optional: bool = False, typed: bool = False) -> Shape:
        """Return the request's JSON as `shape`, a pydantic model or any type. Raises `InvalidBody`, answered with 422.

        A model's MOST_BYTES limits the size of the body. Pass `typed` if no field of the shape is `Any`: the parser
        then refuses values that cannot be stored, and the body may have LARGEST_BODY_BYTES.
        """
        raw = self.request.body
        most = LARGEST_BODY_BYTES if typed else getattr(shape, "MOST_BYTES", BODY_BYTES)
        if len(raw) > most:
            raise ApiError(413, f"The request body is larger than {most} bytes.")
        if optional and not raw.strip():
            raw = b"{}"
        try:
            return adapter_of(shape).validate_json(raw if typed else reject_unstorable_json(raw))
        except ValidationError as error:
            raise InvalidBody(error_details(error, given=len(raw) <= ECHO_LIMIT), echo(raw)) from None

    def query(self, shape: type[Shape]) -> Shape:
        """Return the query parameters as `shape`. Raises `InvalidBody`."""
        values = self.request.query_params.dict()
        try:
            return adapter_of(shape).validate_python(values)
        except ValidationError as error:
            raise InvalidBody(error_details(error), values, where="query") from None

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # wider than DRF says
        if isinstance(exc, Unauthorized):
            return unauthorized()
        answer = answer_for(exc, long=self.long_errors)
        if answer is None:
            logger.error(
                "%s %s failed", self.request.method, self.request.path, exc_info=exc, extra={"request": self.request}
            )
            return server_error()
        return answer

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.charged_to is not None:
            spent = time.thread_time() - self._began
            if self.pays_for_waiting:
                spent = max(spent, time.monotonic() - self._began_at - FREE_WAIT)
            processor_time.leave(self.charged_to, spent)
            busy_accounts.add(self.charged_to, spent)
        if settings.CHECK_ANSWERS:
            check_response(self.described((request.method or "").lower()), request, response)
        return response


class PublicView(ApiView):
    """An endpoint that needs no key and returns no data of a tenant."""

    anonymous = True

    def authorize(self, request: Request) -> None:
        """Allow everybody."""


def body_size(request: Request) -> int:
    """Return the announced length of the body, up to the maximum that is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return min(int(length), LARGEST_BODY_BYTES) if length.isdecimal() else 0
