"""Domain errors. Services raise them; `core.rest.errors` turns them into HTTP responses, and pages show their messages.

`Invalid` and `Forbidden` are subclasses of Django's errors, so forms, views and middleware handle them as usual.
"""

from django.core.exceptions import PermissionDenied, ValidationError


class Invalid(ValidationError):
    """The request breaks a rule. The API answers 422."""


class BadRequest(Invalid):
    """The request asks for what makes no sense here. The API answers 400."""


class Conflict(Invalid):
    """The request conflicts with the current state: something is gone, done or expired. The API answers 409."""


class Taken(Conflict):
    """A name or handle is taken. The API answers 409."""


class Forbidden(PermissionDenied):
    """The actor lacks a permission. The API answers 403."""


class NotFound(Exception):
    """The object does not exist, or the actor may not see it. The API answers 404."""
