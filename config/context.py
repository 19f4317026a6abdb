"""Template context of all pages: the installation, and the signed-in person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import Account
from accounts.navigation import own_navigation
from accounts.reader_zone import own_time_zone
from accounts.services.addresses import confirmation_required, confirmed
from accounts.views import shortcuts
from accounts.views.profile import THEMES
from core.pages.times import zone_label, zone_name
from orgs.models import Invitation
from rbac.permissions import CREATE_WORKSPACE, ROLES
from transfers.models import WAITING, Transfer


@dataclass(frozen=True, slots=True)
class Me:
    """The personal account, as shown in the menu."""

    id: UUID
    handle: str
    name: str
    image_changed: datetime | None
    invitations: int
    transfers: int  # requests that wait for an answer of the person
    transfers_account: UUID | None  # the account that got the oldest one
    must_confirm: bool  # whether the email address must be confirmed before the person can invite and so on


def site(request: HttpRequest) -> dict[str, object]:
    """Add these values to the context of all templates. `me` is None if nobody is signed in."""
    theme = request.COOKIES.get("bailiwick_theme", "")
    return {
        "public_url": settings.PUBLIC_URL,
        "api_base": f"{settings.PUBLIC_URL}/api",
        "open_registration": settings.OPEN_REGISTRATION,
        "theme": theme if theme in THEMES else "",
        "shortcuts": request.COOKIES.get(shortcuts.COOKIE) != shortcuts.OFF,
        "time_zones": _time_zones(request),
        "me": SimpleLazyObject(lambda: _me(request)),
        "own_navigation": lambda: own_navigation(request),
    }


@dataclass(frozen=True, slots=True)
class TimeZones:
    """The time zones that the layout shows.

    `own` is the label of the person's time zone, `shown` the name of the one that pages use, and `utc` whether the
    person chose UTC.
    """

    own: str
    shown: str
    utc: bool


def _time_zones(request: HttpRequest) -> TimeZones:
    own = own_time_zone(request)
    return TimeZones(zone_label(own), zone_name(), utc=zone_name() == "UTC")


def _me(request: HttpRequest) -> Me | None:
    if not request.user.is_authenticated:
        return None
    personal_account = Account.objects.filter(user=request.user.pk).annotate(
        invitations_waiting=Coalesce(_invitations_waiting(), 0),
        transfers_waiting=Coalesce(_transfers_waiting(), 0),
        transfers_account=Subquery(_transfers().order_by("id").values("target")[:1], output_field=UUIDField()),
        address_confirmed=Exists(confirmed(OuterRef("user"), OuterRef("user__email"))),
    )
    row = personal_account.values_list(
        "id",
        "handle",
        "name",
        "image__updated",
        "invitations_waiting",
        "transfers_waiting",
        "transfers_account",
        "address_confirmed",
    ).first()
    if row is None:
        return None
    account_id, handle, name, image_changed, invitations, transfers, transfers_account, address_confirmed = row
    return Me(
        id=account_id,
        handle=handle,
        name=name,
        image_changed=image_changed,
        invitations=invitations,
        transfers=transfers,
        transfers_account=transfers_account,
        must_confirm=confirmation_required() and not address_confirmed,
    )


def _invitations_waiting() -> Subquery:
    """Return a subquery for the number of pending invitations to an account's person, or null if there are none.

    Invitations to an unconfirmed address do not count, because anybody can claim an address.
    """
    address_confirmed = confirmed(OuterRef(OuterRef("user")), OuterRef("email"))
    rows: QuerySet[Invitation, Any] = Invitation.objects.waiting_for(Lower(OuterRef("user__email")))
    counted = rows.filter(Exists(address_confirmed)).order_by().values("email").annotate(n=Count("id")).values("n")
    return Subquery(counted, output_field=IntegerField())


def _transfers() -> "QuerySet[Transfer, Any]":
    """Return the requests for transfers that the person of an account may answer."""
    admin = Q(
        target__memberships__user=OuterRef("user"),
        target__memberships__active=True,
        target__memberships__role__in=[role for role, held in ROLES.items() if CREATE_WORKSPACE in held],
    )
    waiting = Transfer.objects.filter(status=WAITING, expires_at__gt=timezone.now(), target__trashed_at=None)
    return waiting.filter(admin | Q(target__user=OuterRef("user")))


def _transfers_waiting() -> Subquery:
    """Return a subquery for the number of these requests, or null if there are none."""
    return Subquery(
        _transfers().order_by().values("status").annotate(n=Count("id", distinct=True)).values("n"),
        output_field=IntegerField(),
    )
