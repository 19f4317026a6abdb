"""Everybody who belongs to an account, people and service accounts, as one list.

The person of a personal account has no membership row; the account's own id stands for it, as in `orgs.queries`.
"""

from typing import Any
from uuid import UUID

from django.db.models import Case, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat, Lower

from accounts.models import Account, User
from auditlog.actors import USER
from orgs.models import Team
from rbac import permissions

_SORTS: dict[str, Any] = {
    "CREATED": F("joined"),
    "LAST_LOGIN": F("last_login"),
    "NAME": Lower("full_name"),
    "HANDLE": F("personal_account__handle"),
    "EMAIL": F("address"),
    "ACCOUNT_ROLE_NAME": F("my_role"),
}


def members_of(account: Account) -> QuerySet[User]:
    """The actors of an account, with my_membership, my_role, my_active, joined, changed, full_name and address.

    `address` is null for service accounts, whose own reaches nobody.
    """
    rows = User.actors.annotate(place=FilteredRelation("memberships", condition=Q(memberships__account=account.id)))
    return (
        rows.filter(Q(place__isnull=False) | Q(id=account.user_id))
        .annotate(
            my_membership=Coalesce("place__id", Value(account.id)),
            my_role=Coalesce("place__role", Value(permissions.OWNER)),
            my_active=Coalesce("place__active", Value(True)),
            joined=Coalesce("place__created", Value(account.created)),
            changed=Coalesce("place__updated", Value(account.updated)),
            full_name=Concat("first_name", Value(" "), "last_name"),
            address=Case(When(kind=USER, then=F("email"))),
        )
        .select_related("personal_account")
    )


def in_order(rows: QuerySet[User], sort: str) -> QuerySet[User]:
    """`sort` is a word of the contract, as NAME_ASC. What is missing comes first when it ascends."""
    word, _, direction = sort.rpartition("_")
    key = _SORTS[word]
    first = key.asc(nulls_first=True) if direction == "ASC" else key.desc(nulls_last=True)
    return rows.order_by(first, "id")


def teams_of(account: Account, user_id: UUID) -> list[Team]:
    """The teams of the account that an actor is in; not the one of everybody."""
    return list(Team.objects.filter(account=account, everyone=False, group__user=user_id).order_by("name"))
