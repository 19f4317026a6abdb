"""What every page may show of the installation itself, and of whoever is signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Account
from accounts.views.profile import THEMES
from orgs.models import Invitation


@dataclass(frozen=True, slots=True)
class Me:
    """The personal account, as the menu shows it."""

    id: UUID
    handle: str
    name: str
    image_changed: datetime | None
    invitations: int


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
    mine = Account.objects.filter(user=request.user.pk).annotate(waiting=Coalesce(_waiting(), 0))
    row = mine.values_list("id", "handle", "name", "image__updated", "waiting").first()
    return Me(*row) if row else None


def _waiting() -> Subquery:
    """How many invitations wait for the person of an account, whose address is confirmed."""
    confirmed = EmailAddress.objects.filter(user=OuterRef(OuterRef("user")), email=OuterRef("email"), verified=True)
    rows: QuerySet[Invitation, Any] = Invitation.objects.waiting_for(Lower(OuterRef("user__email")))
    counted = rows.filter(Exists(confirmed)).order_by().values("email").annotate(n=Count("id")).values("n")
    return Subquery(counted, output_field=IntegerField())
