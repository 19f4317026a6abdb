"""What the operators' pages of accounts share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from auditlog.admin import Audited


@contextmanager
def refusals() -> Iterator[None]:
    """What a verb refuses is a page that says so, with nothing done."""
    try:
        yield
    except ValidationError as error:
        raise PermissionDenied(*error.messages) from error


class ReadOnly(Audited[Any]):
    """Rows to look at: what changes them are verbs of other pages."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def superuser(request: HttpRequest) -> None:
    if not request.user.is_superuser:
        raise PermissionDenied("Only a superuser does this.")
