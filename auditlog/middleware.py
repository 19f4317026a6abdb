"""Give each request an id, which operators find in log lines and audit entries."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from auditlog.request_context import handling_request
from core.db.ids import new_id
from core.rest.callers import client_address


class AuditedRequest:
    """Set `request.request_id`, send it in a response header, and add it to audit entries.

    Error pages and log lines show it too. A client cannot choose it, because it could then reuse one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = new_id()
        request.request_id = str(request_id)  # type: ignore[attr-defined]  # ours
        user_agent = request.META.get("HTTP_USER_AGENT", "")
        with handling_request(request_id, address=client_address(request), user_agent=user_agent):
            response = self.below(request)
        response["X-Request-ID"] = str(request_id)
        return response
