"""Who belongs to an account (cloud-api.md 2.3)."""

from typing import Annotated, Literal
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, Field

from accounts.rest.shapes import Many, Time
from accounts.schemas import Strict
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.filters import Ids, IdsOrNot, Like, Names, Page, Part, joined
from rbac import permissions

Sort = Literal[
    "CREATED_ASC",
    "CREATED_DESC",
    "LAST_LOGIN_ASC",
    "LAST_LOGIN_DESC",
    "NAME_ASC",
    "NAME_DESC",
    "HANDLE_ASC",
    "HANDLE_DESC",
    "EMAIL_ASC",
    "EMAIL_DESC",
    "ACCOUNT_ROLE_NAME_ASC",
    "ACCOUNT_ROLE_NAME_DESC",
]


class Member(BaseModel):
    """A service account has no user, no handle and no address; its name is its first name."""

    id: UUID
    actor_id: UUID
    user_id: UUID | None
    first_name: str | None
    last_name: str | None
    handle: str | None
    email: str | None
    account_role_name: str
    account_role_id: UUID
    last_login: Time | None
    active: bool


class MembersTeam(BaseModel):
    id: UUID
    name: str


class MemberSummary(BaseModel):
    id: UUID
    created: Time
    updated: Time
    account_id: UUID
    actor_id: UUID
    user_id: UUID | None
    first_name: str | None
    last_name: str | None
    handle: str
    email: str | None
    account_role_name: str
    account_role_id: UUID
    active: bool
    directory_id: str | None
    timezone: str | None
    teams: list[MembersTeam]


class MembershipUpdate(Strict):
    account_role_id: UUID


class SetActive(Strict):
    active: bool


class BulkSetActive(SetActive):
    membership_ids: Annotated[Many[UUID], Field(min_length=1, max_length=200)]


class RoleIds(Ids):
    def q(self, column: str) -> Q:
        """Roles have no rows: their names stand in the memberships."""
        if self.any_ is None:
            return Q()
        return Q(**{f"{column}__in": [permissions.NAMES[one] for one in self.any_ if one in permissions.NAMES]})


class Addresses(Names):
    def q(self, column: str) -> Q:
        """Addresses are stored in lower case."""
        any_ = None if self.any_ is None else [one.lower() for one in self.any_]
        return Names(any_=any_, like_=self.like_).q(column)


class UserIds(IdsOrNot):
    def q(self, column: str) -> Q:
        """Of people; a service account is no user."""
        people = Q() if self.any_ is None else Q(kind=USER)
        return super().q(column) & people


class MembershipFilter(Part):
    operator: Literal["and_", "or_"] = "and_"
    account_role_id: RoleIds | None = None
    actor_id: Ids | None = None
    user_id: UserIds | None = None
    email: Addresses | None = None
    handle: Names | None = None
    name: Like | None = None

    def q(self) -> Q:
        """Over `orgs.queries.members_of`."""
        columns = {
            "my_role": self.account_role_id,
            "id": self.actor_id,
            "pk": self.user_id,
            "address": self.email,
            "personal_account__handle": self.handle,
            "full_name": self.name,
        }
        return joined(self.operator, [part.q(column) for column, part in columns.items() if part is not None])


class Chosen(BaseModel):
    account_memberships: MembershipFilter | None = None
    only_users: bool = False
    only_bots: bool = False
    active: bool | None = None

    def q(self) -> Q:
        found = Q() if self.account_memberships is None else self.account_memberships.q()
        if self.only_users:
            found &= Q(kind=USER)
        if self.only_bots:
            found &= Q(kind=SERVICE_ACCOUNT)
        return found if self.active is None else found & Q(my_active=self.active)


class MembershipsBody(Page, Chosen):
    sort: Sort | None = None


class MembershipsCountBody(Chosen):
    """`filter` is another word for `account_memberships`."""

    filter: MembershipFilter | None = None

    def q(self) -> Q:
        return super().q() if self.filter is None else super().q() & self.filter.q()
