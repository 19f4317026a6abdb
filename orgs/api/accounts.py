"""The account API of accounts as things to manage (cloud-api.md 2.2). Deletion takes workspaces along: upstairs."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from accounts.models import Account, AccountImage
from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import OwnView, describe
from orgs import plans
from orgs.queries import Belonging
from orgs.rest import AccountView
from orgs.schemas import accounts as schemas
from orgs.services.organizations import (
    account_settings,
    found_organization,
    update_account_settings,
    update_organization,
)
from rbac import permissions

_PROFILE = ("name", "location", "link", "billing_email", "auth_expiration_seconds")
_IDENTITY_PROVIDER = ("workos_organization_id", "workos_connection_ids", "workos_directory_ids")


class AccountsView(OwnView):
    @describe("create_account", body=schemas.AccountCreate, answers={201: schemas.Account})
    @transaction.atomic
    def post(self, request: Request) -> HttpResponse:
        """Found an organization, as its owner. A service account belongs to one and founds none."""
        if not self.user.is_person:
            raise ApiError(403, "Only a person can found an organization.")
        body = self.body(schemas.AccountCreate)
        account = found_organization(name=body.name, handle=body.handle, founder=self.user, actor=self.actor)
        update_organization(account, location=body.location, link=body.link, actor=self.actor)
        return Answer(_account(Belonging(account, permissions.OWNER, account.id)), status=201)


class AccountDetailView(AccountView):
    """Each method of one account but the last: see workspaces.organization_api."""

    required_permissions = {"GET": "read:account", "PATCH": "update:account"}

    @describe("read_account", answers={200: schemas.Account})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """There are no plans: nothing is limited, and what has to be a number says one that nobody reaches."""
        return Answer(_account(self.mine))

    @describe("update_account", body=schemas.AccountUpdate, answers={204: None})
    @transaction.atomic
    def patch(self, request: Request, account_id: UUID) -> HttpResponse:
        """Change what is given. A null name or handle is left; other nulls empty the field."""
        body = self.body(schemas.AccountUpdate)
        if any(getattr(body, field) for field in _IDENTITY_PROVIDER):
            raise ApiError(422, "This site has no identity provider to connect an account with.")
        given = {field: getattr(body, field) for field in _PROFILE if field in body.model_fields_set}
        update_organization(self.account, handle=body.handle, actor=self.actor, **given)
        if body.settings is not None:
            switch(self, body.settings)
        return NoContent()


class AccountSettingsView(AccountView):
    required_permissions = {"GET": "read:account", "PATCH": "update:account"}

    @describe("read_account_settings", answers={200: schemas.Settings})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        return Answer(account_settings(self.account))

    @describe("update_account_settings", body=schemas.SettingsUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID) -> HttpResponse:
        """Switch what is given. `enforce_ip_allowlist` needs the permission for that list, too."""
        switch(self, self.body(schemas.SettingsUpdate))
        return NoContent()


def switch(view: AccountView, wanted: schemas.SettingsUpdate) -> None:
    """Switch the settings that a request gives. Raises ApiError for what the caller or the site cannot."""
    given: dict[str, Any] = {
        name: value for name, value in wanted.model_dump(exclude_unset=True).items() if value is not None
    }
    now = account_settings(view.account)
    if "default_result_storage" in given:
        raise ApiError(422, "Where results go by default is set in each workspace, not for a whole account.")
    if given.pop("enabled_feature_flags", now["enabled_feature_flags"]) != now["enabled_feature_flags"]:
        raise ApiError(422, "Feature flags are not switched by accounts.")
    enforced = given.get("enforce_ip_allowlist", now["enforce_ip_allowlist"])
    if enforced != now["enforce_ip_allowlist"] and not view.mine.may("update:ip_allowlist"):
        raise ApiError(403, "This needs the permission update:ip_allowlist in the account.")
    update_account_settings(view.account, given, address=view.address, actor=view.actor)


def _account(mine: Belonging) -> dict[str, object]:
    account = mine.account
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
        "features": plans.FEATURES,
        "run_retention_days": plans.FOREVER_DAYS,
        "audit_log_retention_days": plans.FOREVER_DAYS,
        "automations_limit": plans.NO_LIMIT,
        "work_pool_limit": None,
        "non_mex_work_pool_limit": None,
        "mex_work_pool_limit": 0,  # there is no managed execution here
        "max_deployments_per_workspace": None,
        "billing_email": (account.billing_email or None) if mine.may("read:billing") else None,
        "stripe_customer_id": None,
        "workos_organization_id": None,
        "workos_connection_ids": [],
        "workos_directory_ids": [],
    }


def _image_location(account: Account) -> str | None:
    if not AccountImage.objects.filter(account=account).exists():
        return None
    return settings.PUBLIC_URL + reverse("account-image", args=[account.id])
