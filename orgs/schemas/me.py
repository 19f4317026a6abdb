"""Schemas of the caller's accounts (docs/contract/cloud-api.md, "The caller")."""

from uuid import UUID

from pydantic import BaseModel


class MyOrganization(BaseModel):
    account_membership_id: UUID
    account_id: UUID
    account_name: str
    account_role_name: str
    account_handle: str


class MyAccount(MyOrganization):
    account_plan_type: str
    account_plan_tier: str | None
    account_plan_features: list[str]
