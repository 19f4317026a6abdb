"""Schemas of memberships of an account (docs/contract/cloud-api.md, "Memberships and account roles")."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, Field

from auditlog.actors import SERVICE_ACCOUNT, USER
from core.rest.filters import Combined, Ids, IdsOrNot, Like, Names, Page, joined
from core.rest.shapes import FILTER_BYTES, Many, Strict, Time
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
    """A member. A service account has its name in `first_name`, and no user id, handle or email address."""

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
        """Translate the ids of roles to names, which memberships have."""
        if self.any_ is None:
            return Q()
        names = [permissions.NAMES[role_id] for role_id in self.any_ if role_id in permissions.NAMES]
        return Q(**{f"{column}__in": names})


class Addresses(Names):
    def q(self, column: str) -> Q:
        """Compare in lower case, because email addresses are stored in it."""
        any_ = None if self.any_ is None else [email.lower() for email in self.any_]
        return Names(any_=any_, like_=self.like_).q(column)


class UserIds(IdsOrNot):
    def q(self, column: str) -> Q:
        """Match people only, because service accounts have no user id in the API."""
        people = Q() if self.any_ is None else Q(kind=USER)
        return super().q(column) & people


class MembershipFilter(Combined):
    account_role_id: RoleIds | None = None
    actor_id: Ids | None = None
    user_id: UserIds | None = None
    email: Addresses | None = None
    handle: Names | None = None
    name: Like | None = None

    def q(self) -> Q:
        """Return a condition for rows of `orgs.member_lists.members_of`."""
        columns = {
            "my_role": self.account_role_id,
            "id": self.actor_id,
            "pk": self.user_id,
            "address": self.email,
            "personal_account__handle": self.handle,
            "full_name": self.name,
        }
        return joined(self.operator, [part.q(column) for column, part in columns.items() if part is not None])


class MembershipQuery(BaseModel):
    MOST_BYTES: ClassVar[int] = FILTER_BYTES

    account_memberships: MembershipFilter | None = None
    only_users: bool = False
    only_bots: bool = False
    active: bool | None = None

    def q(self) -> Q:
        condition = Q() if self.account_memberships is None else self.account_memberships.q()
        if self.only_users:
            condition &= Q(kind=USER)
        if self.only_bots:
            condition &= Q(kind=SERVICE_ACCOUNT)
        return condition if self.active is None else condition & Q(my_active=self.active)


class MembershipsBody(Page, MembershipQuery):
    sort: Sort | None = None


class MembershipsCountBody(MembershipQuery):
    """The members to count. `filter` is another name for `account_memberships`."""

    filter: MembershipFilter | None = None

    def q(self) -> Q:
        return super().q() if self.filter is None else super().q() & self.filter.q()
