"""An organization: founded, edited, deleted."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import Account, User
from accounts.services.handles import change_handle, check_handle, taken_handle_is_invalid
from auditlog.actors import Actor
from orgs.services.audit import record_for
from orgs.services.members import add_member
from orgs.services.networks import check_not_locked_out, enforce, networks_of
from orgs.services.teams import make_everyone
from rbac import permissions

# What an account can switch, with what holds until it does (cloud-api.md 2.2).
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
def found_organization(*, name: str, handle: str, founder: User, actor: Actor) -> Account:
    """An organization with its founder as owner. Raises ValidationError for a bad or taken handle."""
    if not name.strip():
        raise ValidationError("An organization needs a name.")
    check_handle(handle)
    with taken_handle_is_invalid():
        account = Account.objects.create(kind=Account.ORGANIZATION, name=name.strip(), handle=handle)
    record_for(account, "account.created", actor=actor, object_id=account.id, object_name=handle)
    make_everyone(account)
    add_member(account, user=founder, role=permissions.OWNER, actor=actor)
    return account


@transaction.atomic
def update_organization(account: Account, *, actor: Actor, handle: str | None = None, **profile: Any) -> None:
    """Change what is given of name, location, link, billing_email, auth_expiration_seconds; and the handle.

    Null empties a text; a null name or handle leaves it. The old handle leads on for 90 days. The name and handle of a
    personal account are its person's. Raises ValidationError for a bad or taken handle, address or link.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    if unknown := profile.keys() - set(_PROFILE):
        raise TypeError(f"An account has no {unknown}")
    if profile.get("name") is None:
        profile.pop("name", None)
    elif not profile["name"].strip():
        raise ValidationError("An organization needs a name.")
    new = {field: value if field == "auth_expiration_seconds" else value or "" for field, value in profile.items()}
    changes: dict[str, Any] = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in new.items()
        if getattr(row, field) != value
    }
    if handle is not None and handle != row.handle:
        changes["handle"] = {"from": row.handle, "to": handle}
    if row.kind == Account.PERSONAL and {"name", "handle"} & changes.keys():
        raise ValidationError("The name and handle of a personal account are changed in its person's profile.")
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
def update_account_settings(account: Account, settings: Mapping[str, Any], *, address: str = "", actor: Actor) -> None:
    """Switch what is given; the names are those of SETTINGS. `address` is the caller's.

    Raises ValidationError when the IP allowlist is to be enforced and does not let this address in.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    before = account_settings(row)
    changes = {name: {"from": before[name], "to": value} for name, value in settings.items() if value != before[name]}
    if not changes:
        return
    if changes.get("enforce_ip_allowlist", {}).get("to"):
        check_not_locked_out([one.network for one in networks_of(row) if one.enabled], address)
    row.settings = {**row.settings, **{name: settings[name] for name in changes}}
    row.save(update_fields=["settings", "updated"])
    account.settings = row.settings
    record_for(
        account, "account-settings.updated", actor=actor, object_id=account.id, object_name=row.handle, changes=changes
    )
    if "enforce_ip_allowlist" in changes:
        enforce(row)
        account.enforced_networks = row.enforced_networks


def account_settings(account: Account) -> dict[str, Any]:
    """All settings of an account, those never switched with what holds until then."""
    return {name: account.settings.get(name, value) for name, value in SETTINGS.items()}


def _check_profile(new: Mapping[str, Any]) -> None:
    if new.get("billing_email"):
        validate_email(new["billing_email"])
    if new.get("link") and not new["link"].startswith(("https://", "http://")):
        raise ValidationError("A link begins with https:// or http://.")
    seconds = new.get("auth_expiration_seconds")
    if seconds is not None and not 0 < seconds <= 2**31 - 1:
        raise ValidationError("A sign-in counts for at least one second.")
