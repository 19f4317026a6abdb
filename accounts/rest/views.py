"""The base of every endpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, get_origin

from django.conf import settings
from django.http.response import HttpResponseBase
from pydantic import BaseModel, FailFast, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from accounts.rest.answers import Answer, NoContent
from accounts.rest.bodies import storable
from accounts.rest.errors import ApiError, InvalidBody, answer_for, logger, server_error, unauthorized
from auditlog.actors import Actor

Shape = TypeVar("Shape")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_BODY_LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
_ECHO_LIMIT = 65_536
_MOST_ERRORS = 100


class ApiView(APIView):
    """An endpoint. A subclass says who may call it in `authorize`; without that it refuses everybody.

    Methods read with `self.body(Shape)` and return `Answer(...)` or `NoContent()`; they raise `ApiError`.
    """

    # No OPTIONS and no HEAD: the contract answers both with 405.
    http_method_names = ["get", "post", "put", "patch", "delete"]
    long_errors: ClassVar[bool] = False
    anonymous: ClassVar[bool] = False
    # DRF's own gate stands open; `authorize` is the gate, closed by default, and knows the tenant.
    permission_classes = []

    user: User
    key: ApiKey

    @property
    def actor(self) -> Actor:
        return self.user.as_actor()

    def authenticate(self, request: Request) -> None:
        """Find the caller: `user` and `key`. Raises Unauthorized."""
        if request.user is None:
            raise Unauthorized
        self.user, self.key = request.user, request.auth  # type: ignore[assignment]  # a key found both

    def authorize(self, request: Request) -> None:
        """Find the tenant and check the right to call. Raises ApiError."""
        raise ApiError(403, f"{type(self).__name__} declares no permission.")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            raise ApiError(411, "Length Required")
        if not self.anonymous:
            self.authenticate(request)
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise MethodNotAllowed(method)
        self.authorize(request)

    def body(self, shape: type[Shape], *, optional: bool = False) -> Shape:
        """The request's JSON as `shape` (a pydantic model or any type). Raises InvalidBody, answered with 422."""
        raw = self.request._request.body
        if len(raw) > _BODY_LIMIT:
            raise ApiError(413, f"The request body is larger than {_BODY_LIMIT} bytes.")
        if optional and not raw.strip():
            raw = b"{}"
        adapter: TypeAdapter[Shape] = _adapter(shape)
        try:
            return adapter.validate_json(storable(raw))
        except ValidationError as error:
            raise InvalidBody(_told(error, given=len(raw) <= _ECHO_LIMIT), _echo(raw)) from None

    def query(self, shape: type[Shape]) -> Shape:
        """The query string's values as `shape`. Raises InvalidBody."""
        values = self.request.query_params.dict()
        adapter: TypeAdapter[Shape] = _adapter(shape)
        try:
            return adapter.validate_python(values)
        except ValidationError as error:
            raise InvalidBody(_told(error), values, where="query") from None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Everything is JSON, whatever the client says it accepts."""
        return None, "application/json"

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # wider than DRF says
        if isinstance(exc, Unauthorized):
            return unauthorized()
        answer = answer_for(exc, long=self.long_errors)
        if answer is None:
            logger.error("%s %s failed", self.request.method, self.request.path, exc_info=exc)
            return server_error()
        return answer

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if settings.CHECK_ANSWERS:
            _hold_against_shape(self, request, response)
        return response


class OwnView(ApiView):
    """An endpoint about the caller alone: everybody with a key may call it, and it gives only what is theirs."""

    def authorize(self, request: Request) -> None:
        """The key is enough."""


class PublicView(ApiView):
    """An endpoint for everybody, without a key; it gives nothing that belongs to anybody."""

    anonymous = True

    def authorize(self, request: Request) -> None:
        """Nothing to guard."""


class Unauthorized(Exception):
    """No key, or none in force."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the OpenAPI document says of one method; `accounts.rest.openapi` writes it."""

    operation: str
    body: Any
    answers: dict[int, Any]
    query: type[BaseModel] | None
    media: str


def describe(
    operation: str,
    *,
    body: Any = None,
    answers: dict[int, Any],
    query: type[BaseModel] | None = None,
    media: str = "application/json",
) -> Callable[[View], View]:
    """Document a method: its operation id, the shape it takes, and those it gives by status (None: empty)."""

    def decorate(method: View) -> View:
        method.described = Described(operation, body, answers, query, media)  # type: ignore[attr-defined]  # read by openapi.py
        return method

    return decorate


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(shape: Any) -> TypeAdapter[Any]:
    try:
        return _adapters[shape]
    except KeyError:
        kind: Any = Annotated[shape, FailFast()] if get_origin(shape) is list else shape
        return _adapters.setdefault(shape, TypeAdapter(kind))


def _told(error: ValidationError, *, given: bool = True) -> list[ErrorDetails]:
    """What is wrong, one by one, and what was `given`. Of more than a hundred the number, lest they fill the memory."""
    count = error.error_count()
    if count <= _MOST_ERRORS:
        return error.errors(include_url=False, include_input=given)
    return [ErrorDetails(type="too_many_errors", loc=(), msg=f"{count} values do not fit", input=None)]


def _echo(raw: bytes) -> Any:
    """The body back to the one who sent it; of a large one, or of what is no JSON, the beginning."""
    try:
        if len(raw) <= _ECHO_LIMIT:
            return _adapter(Any).validate_json(raw)
    except ValidationError:
        pass
    return raw[:10_000].decode(errors="replace")


def _hold_against_shape(view: APIView, request: Request, response: HttpResponseBase) -> None:
    """In tests: a success whose body is not of the declared shape is a bug, said loudly."""
    method = getattr(view, (request.method or "").lower(), None)
    described: Described | None = getattr(method, "described", None)
    if described is None or not isinstance(response, Answer | NoContent) or response.status_code >= 400:
        return
    if response.status_code not in described.answers:
        raise AssertionError(f"{request.method} {request.path} declares no answer {response.status_code}")
    shape = described.answers[response.status_code]
    if shape is not None and not isinstance(response, NoContent):
        _adapter(shape).validate_json(response.content, strict=False, extra="forbid")
