"""The base of every endpoint."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, TypeAdapter, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError, InvalidBody, answer_for, logger, server_error, unauthorized
from auditlog.actors import Actor

Shape = TypeVar("Shape")
View = TypeVar("View", bound=Callable[..., HttpResponse])
_BODY_LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


class Refused(BasePermission):
    """The default: an endpoint that says nothing about who may call it is closed."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class ApiView(APIView):
    """An endpoint. A subclass says who may call it in `authorize`; without that it refuses everybody.

    Methods read with `self.body(Shape)` and return `Answer(...)` or `NoContent()`; they raise `ApiError`.
    """

    long_errors: ClassVar[bool] = False
    anonymous: ClassVar[bool] = False
    # DRF's own gate stands open; `authorize` is the gate, closed by default, and knows the tenant.
    permission_classes = []

    user: User
    key: ApiKey

    @property
    def actor(self) -> Actor:
        return self.user.as_actor()

    def authorize(self, request: Request) -> None:
        """Find the tenant and check the right to call. Raises ApiError."""
        raise ApiError(403, f"{type(self).__name__} declares no permission.")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            raise ApiError(411, "Length Required")
        if not self.anonymous:
            if request.user is None:
                raise Unauthorized
            self.user, self.key = request.user, request.auth  # type: ignore[assignment]
        self.authorize(request)

    def body(self, shape: type[Shape], *, optional: bool = False) -> Shape:
        """The request's JSON as `shape` (a pydantic model or any type). Raises InvalidBody, answered with 422."""
        raw = self.request._request.body
        if len(raw) > _BODY_LIMIT:
            raise ApiError(413, f"The request body is larger than {_BODY_LIMIT} bytes.")
        if optional and not raw.strip():
            raw = b"{}"
        adapter = _adapter(shape)
        try:
            return adapter.validate_json(raw)
        except ValidationError as error:
            raise InvalidBody(error.errors(include_url=False), _echo(raw)) from None

    def query(self, shape: type[Shape]) -> Shape:
        """The query string's values as `shape`. Raises InvalidBody."""
        values = self.request.query_params.dict()
        try:
            return _adapter(shape).validate_python(values)
        except ValidationError as error:
            raise InvalidBody(error.errors(include_url=False), values, where="query") from None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Everything is JSON, whatever the client says it accepts."""
        return None, "application/json"

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
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


class Unauthorized(Exception):
    """No key, or none in force."""


def describe(
    operation: str, *, body: Any = None, answers: dict[int, Any], query: type[BaseModel] | None = None
) -> Callable[[View], View]:
    """Document an endpoint's method: its operation id, the shape it takes and those it gives by status (None: empty)."""

    def decorate(method: View) -> View:
        documented: Any = {status: _documented(shape) for status, shape in answers.items()}
        parameters = [_query_parameter(name, query) for name in query.model_fields] if query else None
        method = extend_schema(
            operation_id=operation, request=_documented(body), responses=documented, parameters=parameters
        )(method)
        method.answers = answers  # type: ignore[attr-defined]
        return method

    return decorate


def _documented(shape: Any) -> Any:
    return shape


def _query_parameter(name: str, shape: type[BaseModel]) -> Any:
    from drf_spectacular.utils import OpenApiParameter  # noqa: PLC0415

    field = shape.model_fields[name]
    return OpenApiParameter(name, str, required=field.is_required())


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(shape: Any) -> TypeAdapter[Any]:
    try:
        return _adapters[shape]
    except KeyError:
        return _adapters.setdefault(shape, TypeAdapter(shape))


def _echo(raw: bytes) -> Any:
    try:
        return _adapter(Any).validate_json(raw)
    except ValidationError:
        return raw[:10_000].decode(errors="replace")


def _hold_against_shape(view: APIView, request: Request, response: HttpResponseBase) -> None:
    """In tests: a success whose body is not of the declared shape is a bug, said loudly."""
    method = getattr(view, (request.method or "").lower(), None)
    answers = getattr(method, "answers", None)
    if answers is None or not isinstance(response, Answer | NoContent) or response.status_code >= 400:
        return
    if response.status_code not in answers:
        raise AssertionError(f"{request.method} {request.path} declares no answer {response.status_code}")
    shape = answers[response.status_code]
    if shape is not None and not isinstance(response, NoContent):
        _adapter(shape).validate_json(response.content, strict=False, extra="forbid")
