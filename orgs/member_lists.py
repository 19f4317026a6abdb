"""The people and service accounts of an account as one list.

The person of a personal account has no membership. The account's id stands for the id of the membership, as in
`orgs.queries`.
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
    """Return the people and service accounts of an account.

    Annotates what is known of their membership (my_membership, my_role, my_active, joined, changed), and full_name and
    address. `address` is null for service accounts, because their email address is a placeholder.
    """
    in_account = FilteredRelation("memberships", condition=Q(memberships__account=account.id))
    rows = User.actors.annotate(membership=in_account)
    return (
        rows.filter(Q(membership__isnull=False) | Q(id=account.user_id))
        .annotate(
            my_membership=Coalesce("membership__id", Value(account.id)),
            my_role=Coalesce("membership__role", Value(permissions.OWNER)),
            my_active=Coalesce("membership__active", Value(True)),
            joined=Coalesce("membership__created", Value(account.created)),
            changed=Coalesce("membership__updated", Value(account.updated)),
            full_name=Concat("first_name", Value(" "), "last_name"),
            address=Case(When(kind=USER, then=F("email"))),
        )
        .select_related("personal_account")
    )


def in_order(rows: QuerySet[User], sort: str) -> QuerySet[User]:
    """Order rows of `members_of`. `sort` is a name of the API, as NAME_ASC. Nulls are the smallest values."""
    name, _, direction = sort.rpartition("_")
    key = _SORTS[name]
    order = key.asc(nulls_first=True) if direction == "ASC" else key.desc(nulls_last=True)
    return rows.order_by(order, "id")


def teams_of(account: Account, user_id: UUID) -> list[Team]:
    """Return the teams of the account that a user or service account is in, without the team of everyone."""
    return list(Team.objects.filter(account=account, everyone=False, group__user=user_id).order_by("name"))
