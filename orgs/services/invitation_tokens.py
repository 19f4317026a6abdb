"""The secret of an invitation: in the mail, or shown once; here only its keyed hash."""

import secrets

from django.conf import settings
from django.urls import reverse

from accounts.services.digests import digests
from orgs.models import Invitation

_PURPOSE = "invitation"


def new_token() -> tuple[str, str]:
    """A token of 256 random bits, and its hash."""
    token = secrets.token_urlsafe(32)
    return token, digests(_PURPOSE, token)[0]


def invitation_of(token: str) -> Invitation | None:
    """The invitation that this token belongs to, whatever became of it; None for a token that was replaced."""
    found = Invitation.objects.filter(digest__in=digests(_PURPOSE, token))
    return found.select_related("account", "invited_by", "workspace__account", "workspace_role__inherits").first()


def link_to(token: str) -> str:
    return settings.PUBLIC_URL + reverse("invitation", args=[token])
