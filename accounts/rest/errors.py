"""Error bodies that clients parse (orchestration.md 0.2, cloud-api.md 1.7)."""

import logging
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from pydantic_core import ErrorDetails
from rest_framework.exceptions import APIException, MethodNotAllowed

from accounts.rest.answers import Answer
from auditlog.statements import is_away

logger = logging.getLogger("bailiwick.api")


class ApiError(Exception):
    """An answer other than success: `raise ApiError(404, "Flow not found")`.

    `text` stands under "detail"; under "exception_message" with `message=True`, as the reference does for errors from
    below its endpoints.
    """

    def __init__(self, status: int, text: str, *, message: bool = False, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.body = {"exception_message" if message else "detail": text}
        self.headers = headers or {}


class InvalidBody(Exception):
    """A request that does not fit its shape; `errors` are pydantic's."""

    def __init__(self, errors: list[ErrorDetails], body: Any, where: str = "body") -> None:
        super().__init__("Invalid request received.")
        self.details = [_detail(error, where) for error in errors]
        self.body = body


def answer_for(error: Exception, *, long: bool) -> HttpResponse | None:
    """The answer to an exception of a view, or None for a bug. `long`: in the workspace API's words."""
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
            status = 409 if getattr(error, "code", None) in {"taken", "conflict"} else 422
            return Answer({"detail": " ".join(error.messages)}, status=status)
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
        case DataError() | OperationalError() if not isinstance(error, OperationalError) or not is_away(error):
            logger.warning("The database refused a value: %s", str(error).splitlines()[0])
            return Answer({"detail": "A value is outside of what can be stored."}, status=422)
        case IntegrityError():
            logger.warning("Integrity conflict: %s", str(error).splitlines()[0])
            text = (
                "Data integrity conflict. This usually means a unique or foreign key constraint was violated. "
                "See server logs for details."
            )
            return Answer({"detail": text}, status=409)
        case OperationalError():
            logger.warning("Database not available: %s", str(error).splitlines()[0])
            return Answer({"exception_message": "Service Unavailable"}, status=503, headers={"Retry-After": "1"})
    return None


def unauthorized() -> HttpResponse:
    body = {"detail": "Invalid authentication credentials", "exception_message": "Unauthorized"}
    return Answer(body, status=401, headers={"WWW-Authenticate": "Bearer"})


def not_found(request: HttpRequest | None = None, exception: Exception | None = None) -> HttpResponse:
    """What does not exist and what one may not see: the same answer. Also Django's handler404 below /api."""
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
        detail["ctx"] = {name: str(one) if isinstance(one, Exception) else _plain(one) for name, one in ctx.items()}
    return detail


def _plain(value: Any) -> Any:
    try:
        orjson.dumps(value)
    except TypeError:
        return str(value)
    return value
