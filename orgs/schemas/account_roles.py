"""Schemas of account roles (docs/contract/cloud-api.md, "Memberships and account roles")."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from core.rest.filters import Exact, Page, Part
from core.rest.shapes import Many, Strict, Text, Time
from rbac.schemas import Permission


class AccountRole(BaseModel):
    """An account role. All are built in: they belong to no account and have no dates."""

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
