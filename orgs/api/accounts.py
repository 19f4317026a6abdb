"""Endpoints that create, read and change accounts. `workspaces.directory.api.organization` deletes them.

See docs/contract/cloud-api.md, "Accounts".
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from accounts.endpoints import OwnView
from accounts.models import Account, AccountImage
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs import plans
from orgs.queries import AccountAccess
from orgs.rest import AccountView
from orgs.schemas import accounts as schemas
from orgs.services.organizations import (
    account_settings,
    create_organization,
    update_account,
    update_account_settings,
)
from rbac import permissions

_PROFILE = ("name", "location", "link", "billing_email", "auth_expiration_seconds")
_IDENTITY_PROVIDER = ("workos_organization_id", "workos_connection_ids", "workos_directory_ids")


class AccountsView(OwnView):
    @describe("create_account", body=schemas.AccountCreate, answers={201: schemas.Account})
    def post(self, request: Request) -> HttpResponse:
        """Create an organization with the caller as owner. Service accounts cannot create one (403)."""
        if not self.user.is_person:
            raise ApiError(403, "Only a person can found an organization.")
        body = self.body(schemas.AccountCreate)
        account = create_organization(
            name=body.name,
            handle=body.handle,
            location=body.location,
            link=body.link,
            founder=self.user,
            actor=self.actor,
        )
        return Answer(_account(AccountAccess(account, permissions.OWNER, account.id)), status=201)


class AccountDetailView(AccountView):
    """Read and change an account. `workspaces.directory.api.organization` adds its deletion."""

    required_permissions = {"GET": permissions.READ_ACCOUNT, "PATCH": permissions.UPDATE_ACCOUNT}

    @describe("read_account", answers={200: schemas.Account})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return an account with what its plan allows. A required number without a limit is one that nobody reaches."""
        return Answer(_account(self.account_access))

    @describe("update_account", body=schemas.AccountUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID) -> HttpResponse:
        """Change the given fields. Null leaves the name and handle unchanged, and clears other fields."""
        body = self.body(schemas.AccountUpdate)
        if any(getattr(body, field) for field in _IDENTITY_PROVIDER):
            raise ApiError(422, "This site has no identity provider to connect an account with.")
        update_account(
            self.account,
            handle=body.handle,
            profile={field: getattr(body, field) for field in _PROFILE if field in body.model_fields_set},
            settings=_requested_settings(self, body.settings) if body.settings is not None else {},
            address=self.address,
            actor=self.actor,
        )
        return NoContent()


class AccountSettingsView(AccountView):
    required_permissions = {"GET": permissions.READ_ACCOUNT, "PATCH": permissions.UPDATE_ACCOUNT}

    @describe("read_account_settings", answers={200: schemas.Settings})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        return Answer(account_settings(self.account))

    @describe("update_account_settings", body=schemas.SettingsUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID) -> HttpResponse:
        """Change the given settings. `enforce_ip_allowlist` needs the permission to change that list as well."""
        wanted = _requested_settings(self, self.body(schemas.SettingsUpdate))
        update_account_settings(self.account, wanted, address=self.address, actor=self.actor)
        return NoContent()


def _requested_settings(view: AccountView, wanted: schemas.SettingsUpdate) -> dict[str, Any]:
    """Return the settings that a request changes. Raises `ApiError` if the caller or this site cannot change one."""
    given: dict[str, Any] = {
        name: value for name, value in wanted.model_dump(exclude_unset=True).items() if value is not None
    }
    now = account_settings(view.account)
    if "default_result_storage" in given:
        raise ApiError(422, "Where results go by default is set in each workspace, not for a whole account.")
    if given.pop("enabled_feature_flags", now["enabled_feature_flags"]) != now["enabled_feature_flags"]:
        raise ApiError(422, "Feature flags are not switched by accounts.")
    enforced = given.get("enforce_ip_allowlist", now["enforce_ip_allowlist"])
    if enforced != now["enforce_ip_allowlist"] and not view.account_access.may(permissions.UPDATE_IP_ALLOWLIST):
        raise ApiError(403, f"This needs the permission {permissions.UPDATE_IP_ALLOWLIST} in the account.")
    return given


def _account(access: AccountAccess) -> dict[str, object]:
    account = access.account
    terms = plans.terms_of(account)
    return {
        "id": account.id,
        "created": account.created,
        "updated": account.updated,
        "name": account.name,
        "handle": account.handle,
        "location": account.location or None,
        "link": account.link or None,
        "image_location": _image_location(account),
        "auth_expiration_seconds": account.auth_expiration_seconds,
        "settings": account_settings(account),
        "status": "ACTIVE",
        "status_last_updated": None,
        "plan_type": account.kind,
        "plan_tier": None,
        "self_serve": False,
        "sso_state": "DISABLED",
        "scim_state": "DISABLED",
        "features": terms.features,
        "run_retention_days": terms.retention.runs or plans.FOREVER_DAYS,
        "audit_log_retention_days": terms.retention.audit or plans.FOREVER_DAYS,
        "automations_limit": _number(terms.number("max_automations")),
        "work_pool_limit": terms.number("max_work_pools"),
        "non_mex_work_pool_limit": terms.number("max_work_pools"),
        "mex_work_pool_limit": 0,  # managed execution is not available
        "max_deployments_per_workspace": None,
        "billing_email": (account.billing_email or None) if access.may(permissions.READ_BILLING) else None,
        "stripe_customer_id": None,
        "workos_organization_id": None,
        "workos_connection_ids": [],
        "workos_directory_ids": [],
    }


def _number(limit: int | None) -> int:
    return plans.NO_LIMIT if limit is None else limit


def _image_location(account: Account) -> str | None:
    if not AccountImage.objects.filter(account=account).exists():
        return None
    return settings.PUBLIC_URL + reverse("account-image", args=[account.id])
