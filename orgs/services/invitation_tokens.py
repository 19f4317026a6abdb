"""The secret tokens of invitations. They are mailed or shown once; only their keyed hash is stored."""

import secrets

from django.conf import settings
from django.urls import reverse

from core.digests import digests
from orgs.models import Invitation

_PURPOSE = "invitation"


def new_token() -> tuple[str, str]:
    """Return a token of 256 random bits, and its hash."""
    token = secrets.token_urlsafe(32)
    return token, digests(_PURPOSE, token)[0]


def invitation_of(token: str) -> Invitation | None:
    """Return the invitation with this token, in any status, or None if the token is unknown or was replaced."""
    invitations = Invitation.objects.not_trashed().filter(digest__in=digests(_PURPOSE, token))
    return invitations.select_related("account", "invited_by", "workspace__account", "workspace_role__inherits").first()


def link_to(token: str) -> str:
    """Return the URL of the page that accepts the invitation with this token."""
    return settings.PUBLIC_URL + reverse("invitation", args=[token])
