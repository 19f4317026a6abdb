"""The roles in an account (cloud-api.md 2.3)."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from accounts.rest.shapes import Many, Text, Time
from accounts.schemas import Strict
from orgs.filters import Exact, Page, Part
from rbac.schemas import Permission


class AccountRole(BaseModel):
    """All are built in, belong to no account, and have no dates."""

    id: UUID
    created: Time | None
    updated: Time | None
    account_id: UUID | None
    name: str
    permissions: list[Permission]
    is_system_role: bool


class AccountRoleUpdate(Strict):
    name: Annotated[Text, Field(max_length=5000)] | None = None
    permissions: Many[Permission] | None = None


class AccountRoleFilter(Part):
    name: Exact | None = None


class AccountRolesBody(Page):
    account_roles: AccountRoleFilter | None = None
