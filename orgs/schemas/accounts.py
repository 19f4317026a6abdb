"""Schemas of accounts and their settings (docs/contract/cloud-api.md, "Accounts" and "Shared shapes")."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from accounts.schemas import Name
from accounts.schemas import Text as Line
from core.rest.shapes import Many, Strict, Text, Time, Whole


class ResultStorageType(BaseModel):
    name: str
    slug: str
    logo_url: str | None = None
    documentation_url: str | None = None
    description: str | None = None
    code_example: str | None = None


class ResultStorageSchema(BaseModel):
    checksum: str
    fields: dict[str, Any] = {}
    capabilities: Many[str] = []
    version: str = "non-versioned"


class ResultStorage(BaseModel):
    """A block that stores results, with its type and schema."""

    block_type: ResultStorageType
    block_schema: ResultStorageSchema
    data: dict[str, Any] = {}
    block_document_references: "dict[str, ResultStorage]" = {}


class Settings(BaseModel):
    allow_public_workspaces: bool
    ai_log_summaries: bool
    managed_execution: bool
    enforce_ip_allowlist: bool
    enforce_webhook_authentication: bool
    self_healing_enabled: bool
    enabled_feature_flags: list[str]
    default_result_storage: ResultStorage | None


class SettingsUpdate(Strict):
    """The settings to change. Settings that are missing or null do not change."""

    allow_public_workspaces: bool | None = None
    ai_log_summaries: bool | None = None
    managed_execution: bool | None = None
    enforce_ip_allowlist: bool | None = None
    enforce_webhook_authentication: bool | None = None
    self_healing_enabled: bool | None = None
    default_result_storage: ResultStorage | None = None


class WholeSettings(SettingsUpdate):
    enabled_feature_flags: Many[Text] = []


class Account(BaseModel):
    """An account. Without a limit, the number is null, or one that nobody reaches. There is no billing."""

    id: UUID
    created: Time
    updated: Time
    name: str
    handle: str
    location: str | None
    link: str | None
    image_location: str | None
    auth_expiration_seconds: int | None
    settings: Settings
    status: Literal["ACTIVE"]
    status_last_updated: Time | None
    plan_type: Literal["ORGANIZATION", "PERSONAL"]
    plan_tier: None
    self_serve: bool
    sso_state: Literal["DISABLED"]
    scim_state: Literal["DISABLED"]
    features: list[str]
    run_retention_days: int
    audit_log_retention_days: int
    automations_limit: int
    work_pool_limit: int | None
    non_mex_work_pool_limit: int | None
    mex_work_pool_limit: int
    max_deployments_per_workspace: int | None
    billing_email: str | None
    stripe_customer_id: None
    workos_organization_id: None
    workos_connection_ids: list[str]
    workos_directory_ids: list[str]


class AccountCreate(Strict):
    name: Name
    handle: Line
    location: Line | None = None
    link: Line | None = None


class AccountUpdate(Strict):
    """The fields to change. Null clears location, link, billing_email and auth_expiration_seconds. Other fields that
    are null, and missing ones, do not change."""

    name: Name | None = None
    handle: Line | None = None
    location: Line | None = None
    link: Line | None = None
    billing_email: Line | None = None
    auth_expiration_seconds: Whole | None = None
    settings: WholeSettings | None = None
    workos_organization_id: Line | None = None
    workos_connection_ids: Many[Text] | None = None
    workos_directory_ids: Many[Text] | None = None


class Domain(BaseModel):
    id: UUID
    created: Time
    updated: Time
    account_id: UUID
    name: str


class DomainsUpdate(BaseModel):
    domain_names: Many[Text]


class UsageLimits(BaseModel):
    """The limits of an account. Null means no limit."""

    audit_log_retention_days: int | None
    automations_limit: int | None
    log_rate_limit: int | None
    orchestration_rate_limit: int | None
    max_deployments_per_workspace: int | None
    run_retention_days: int | None
    user_limit: int
    free_user_slots: int | None
    workspace_limit: int
    work_pool_limit: int | None
    non_mex_work_pool_limit: int | None
    mex_work_pool_limit: int | None
    mex_compute_limit: int | None
    mex_concurrency_limit: int | None
