"""Errors as HTTP responses, with bodies that clients parse (docs/contract/conventions.md, "Error bodies")."""

import logging
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from pydantic_core import ErrorDetails
from rest_framework.exceptions import APIException, MethodNotAllowed

from core.db.statements import is_away, took_too_long
from core.errors import BadRequest, Conflict, NotFound
from core.rest.responses import Answer

logger = logging.getLogger("bailiwick.api")
TOO_SLOW = "This takes too long. Ask for less."

# What the reference answers when its database refuses a row.
INTEGRITY_CONFLICT = (
    "Data integrity conflict. This usually means a unique or foreign key constraint was violated. "
    "See server logs for details."
)


class ApiError(Exception):
    """An error response: `raise ApiError(404, "Flow not found")`.

    `text` is the body's "detail". With `message=True` it is the "exception_message", as the reference has it for some
    errors.
    """

    def __init__(self, status: int, text: str, *, message: bool = False, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.body = {"exception_message" if message else "detail": text}
        self.headers = headers or {}


class Unauthorized(Exception):
    """The request has no valid API key: 401."""


class InvalidBody(Exception):
    """The request does not have the declared shape. `errors` are pydantic's."""

    def __init__(self, errors: list[ErrorDetails], body: Any, where: str = "body") -> None:
        super().__init__("Invalid request received.")
        self.details = [_detail(error, where) for error in errors]
        self.body = body


def answer_for(error: Exception, *, long: bool) -> HttpResponse | None:
    """Return the response for a view's exception, or None for a bug.

    `long`: whether an invalid body is answered in the workspace API's form, which repeats the body.
    """
    match error:
        case ApiError():
            return Answer(error.body, status=error.status, headers=error.headers)
        case InvalidBody() if long:
            body = {
                "exception_message": "Invalid request received.",
                "exception_detail": error.details,
                "request_body": error.body,
            }
            return Answer(body, status=422)
        case InvalidBody():
            short = [{key: detail[key] for key in ("loc", "msg", "type")} for detail in error.details]
            return Answer({"detail": short}, status=422)
        case ValidationError():
            status = 409 if isinstance(error, Conflict) else 400 if isinstance(error, BadRequest) else 422
            return Answer({"detail": " ".join(error.messages)}, status=status)
        case NotFound():
            return Answer({"detail": str(error) or "Not Found"}, status=404)
        case RequestDataTooBig():
            return Answer({"detail": "The request body is larger than 5242880 bytes."}, status=413)
        case Http404():
            return not_found()
        case PermissionDenied():
            return Answer({"detail": str(error) or "Forbidden"}, status=403)
        case MethodNotAllowed():
            return Answer({"detail": "Method Not Allowed"}, status=405)
        case APIException():
            return Answer({"detail": str(error.detail)}, status=error.status_code)
        case OperationalError() if took_too_long(error):
            return Answer({"detail": TOO_SLOW}, status=422)
        case OperationalError() if is_away(error):
            logger.warning("Database not available: %s", str(error).splitlines()[0])
            return Answer({"exception_message": "Service Unavailable"}, status=503, headers={"Retry-After": "1"})
        case DataError() | OperationalError():
            logger.warning("The database refused a value: %s", str(error).splitlines()[0])
            return Answer({"detail": "A value is outside of what can be stored."}, status=422)
        case IntegrityError():
            logger.warning("Integrity conflict: %s", str(error).splitlines()[0])
            return Answer({"detail": INTEGRITY_CONFLICT}, status=409)
    return None


def unauthorized() -> HttpResponse:
    body = {"detail": "Invalid authentication credentials", "exception_message": "Unauthorized"}
    return Answer(body, status=401, headers={"WWW-Authenticate": "Bearer"})


def not_found(request: HttpRequest | None = None, exception: Exception | None = None) -> HttpResponse:
    """Return the response for what does not exist or may not be seen. Also Django's handler404 below /api."""
    return Answer({"detail": "Not Found"}, status=404)


def server_error() -> HttpResponse:
    return Answer({"exception_message": "Internal Server Error"}, status=500)


def _detail(error: ErrorDetails, where: str) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "type": error["type"],
        "loc": [where, *error["loc"]],
        "msg": error["msg"],
        "input": _plain(error.get("input")),
    }
    if ctx := error.get("ctx"):
        detail["ctx"] = {
            name: str(value) if isinstance(value, Exception) else _plain(value) for name, value in ctx.items()
        }
    return detail


def _plain(value: Any) -> Any:
    """Return the value, or its string form if it cannot be written as JSON."""
    try:
        orjson.dumps(value)
    except TypeError:
        return str(value)
    return value
