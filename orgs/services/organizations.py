"""Create organizations, and change the profile and settings of accounts."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import Account, User
from accounts.services.access import check_access_stands
from accounts.services.addresses import check_confirmed
from accounts.services.handles import TAKEN, change_handle, check_handle
from auditlog.actors import Actor
from core import caps
from core.db.unique import refuse_taken
from core.errors import Invalid
from core.names import check_name
from orgs.models import Membership
from orgs.models.plans import IP_ALLOWLIST
from orgs.plans import require_feature
from orgs.services.audit import record_for
from orgs.services.members import add_member
from orgs.services.networks import check_not_locked_out, networks_of, update_enforced_networks
from orgs.services.teams import create_everyone_team
from rbac import permissions

# The settings of an account with their default values (docs/contract/cloud-api.md, "Accounts").
SETTINGS: dict[str, Any] = {
    "allow_public_workspaces": False,
    "ai_log_summaries": False,
    "managed_execution": True,
    "enforce_ip_allowlist": False,
    "enforce_webhook_authentication": False,
    "self_healing_enabled": False,
    "enabled_feature_flags": [],
    "default_result_storage": None,
}
_PROFILE = ("name", "location", "link", "billing_email", "auth_expiration_seconds")


@transaction.atomic
def create_organization(
    *,
    name: str,
    handle: str,
    location: str | None = None,
    link: str | None = None,
    founder: User,
    actor: Actor,
) -> Account:
    """Create an organization, with its founder as owner.

    Raises `Invalid` if the name or handle is not valid, the handle is taken, or the founder owns as many organizations
    as one person may own. Raises `Unconfirmed` if the email address of the actor is not confirmed.
    """
    check_confirmed(actor)
    name = _clean_name(name)
    check_handle(handle)
    list(User.objects.select_for_update(no_key=True).filter(id=founder.id).values_list("id"))
    owned = Membership.objects.filter(user=founder, role=permissions.OWNER, account__kind=Account.ORGANIZATION)
    caps.check_cap("organizations", settings.CAPS["organizations"], owned.count())
    with refuse_taken(TAKEN):
        account = Account.objects.create(kind=Account.ORGANIZATION, name=name, handle=handle)
    record_for(account, "account.created", actor=actor, object_id=account.id, object_name=handle)
    create_everyone_team(account)
    add_member(account, user=founder, role=permissions.OWNER, actor=actor)
    if location or link:
        update_organization(account, location=location, link=link, actor=actor)
    return account


@transaction.atomic
def update_organization(account: Account, *, actor: Actor, handle: str | None = None, **profile: Any) -> None:
    """Change the handle and the given fields of the profile of an organization or a personal account.

    The fields are name, location, link, billing_email and auth_expiration_seconds. None leaves the name or handle
    unchanged and clears the other fields. The old handle redirects to the new one for 90 days.

    Raises `Invalid` if a value is not valid, or if the name or handle of a personal account would change: they are part
    of the person's profile. Raises `Forbidden` if the actor's access was ended since the request began.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    check_access_stands(actor)
    if unknown := profile.keys() - set(_PROFILE):
        raise TypeError(f"An account has no {unknown}")
    if profile.get("name") is None:
        profile.pop("name", None)
    elif profile["name"] != row.name:
        profile["name"] = _clean_name(profile["name"])
    new = {field: value if field == "auth_expiration_seconds" else value or "" for field, value in profile.items()}
    changes: dict[str, Any] = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in new.items()
        if getattr(row, field) != value
    }
    if handle is not None and handle != row.handle:
        changes["handle"] = {"from": row.handle, "to": handle}
    if row.kind == Account.PERSONAL and {"name", "handle"} & changes.keys():
        raise Invalid("Change the name and handle of a personal account in the profile of its user.")
    _check_profile(new)
    if not changes:
        return
    for field, value in new.items():
        setattr(row, field, value)
    row.save(update_fields=[*new, "updated"])
    if "handle" in changes:
        change_handle(row, str(handle))
    account.refresh_from_db()
    record_for(account, "account.updated", actor=actor, object_id=account.id, object_name=row.handle, changes=changes)


@transaction.atomic
def update_account(
    account: Account,
    *,
    handle: str | None,
    profile: Mapping[str, Any],
    settings: Mapping[str, Any],
    address: str,
    actor: Actor,
) -> None:
    """Change the profile with `update_organization` and the settings with `update_account_settings`, or neither."""
    update_organization(account, handle=handle, actor=actor, **profile)
    update_account_settings(account, settings, address=address, actor=actor)


@transaction.atomic
def update_account_settings(account: Account, settings: Mapping[str, Any], *, address: str = "", actor: Actor) -> None:
    """Change the given settings, whose names are those of SETTINGS. `address` is the caller's IP address.

    Raises `Invalid` if the IP allowlist is to be enforced and does not contain this address, and `Forbidden` if the
    actor's access was ended since the request began, or the allowlist is to be enforced and the plan has none.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    check_access_stands(actor)
    before = account_settings(row)
    changes = {name: {"from": before[name], "to": value} for name, value in settings.items() if value != before[name]}
    if not changes:
        return
    if changes.get("enforce_ip_allowlist", {}).get("to"):
        require_feature(row, IP_ALLOWLIST)
        check_not_locked_out([network.network for network in networks_of(row) if network.enabled], address)
    row.settings = {**row.settings, **{name: settings[name] for name in changes}}
    row.save(update_fields=["settings", "updated"])
    account.settings = row.settings
    record_for(
        account, "account-settings.updated", actor=actor, object_id=account.id, object_name=row.handle, changes=changes
    )
    if "enforce_ip_allowlist" in changes:
        update_enforced_networks(row)
        account.enforced_networks = row.enforced_networks


def account_settings(account: Account) -> dict[str, Any]:
    """Return all settings of an account, with the default values of those that were never changed."""
    return {name: account.settings.get(name, value) for name, value in SETTINGS.items()}


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid("An organization needs a name.")
    check_name(name)
    return name


def _check_profile(new: Mapping[str, Any]) -> None:
    if new.get("billing_email"):
        validate_email(new["billing_email"])
    if new.get("link") and not new["link"].startswith(("https://", "http://")):
        raise Invalid("A link begins with https:// or http://.")
    seconds = new.get("auth_expiration_seconds")
    if seconds is not None and not 0 < seconds <= 2**31 - 1:
        raise Invalid("A sign-in counts for at least one second.")
