"""What every page may show of the installation itself, and of whoever is signed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Account
from accounts.views.profile import THEMES


@dataclass(frozen=True, slots=True)
class Me:
    """The personal account, as the menu shows it."""

    id: UUID
    handle: str
    name: str
    image_changed: datetime | None


def site(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("bailiwick_theme", "")
    return {
        "public_url": settings.PUBLIC_URL,
        "api_base": f"{settings.PUBLIC_URL}/api",
        "open_registration": settings.OPEN_REGISTRATION,
        "theme": theme if theme in THEMES else "",
        "me": SimpleLazyObject(lambda: _me(request)),
    }


def _me(request: HttpRequest) -> Me | None:
    if not request.user.is_authenticated:
        return None
    row = Account.objects.filter(user=request.user.pk).values_list("id", "handle", "name", "image__updated").first()
    return Me(*row) if row else None
