"""Base classes and checks of the admin of accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from auditlog.admin import Audited


@contextmanager
def refusals_as_403() -> Iterator[None]:
    """Turn a service's `ValidationError` into a 403 page that shows its messages."""
    try:
        yield
    except ValidationError as error:
        raise PermissionDenied(*error.messages) from error


class ReadOnly(Audited[Any]):
    """An admin that shows rows without changing them. They are changed on the pages of their account."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def require_superuser(request: HttpRequest) -> None:
    """Raise `PermissionDenied` unless the user is a superuser."""
    if not request.user.is_superuser:
        raise PermissionDenied("Only a superuser does this.")
