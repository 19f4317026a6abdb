"""Create a first person with an account, a workspace and a key, for operators, containers and benchmarks."""

import os
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.models import Account, ApiKey, User
from accounts.services.addresses import confirmation_required, is_confirmed
from accounts.services.handles import suggest_handle
from accounts.services.keys import create_key, revoke_key
from accounts.services.people import create_user
from auditlog.actors import system
from core.errors import Invalid
from core.names import LENGTH as NAME_LENGTH
from orgs.services.organizations import create_organization
from rbac.permissions import OWNER
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

ACTOR = system("bootstrap")


@dataclass(frozen=True)
class Bootstrapped:
    account_id: UUID
    workspace_id: UUID
    api_key: str
    password: str  # empty unless it was generated just now


@transaction.atomic
def bootstrap(*, email: str, handle: str, workspace: str, organization: bool) -> Bootstrapped:
    """Create a person, their account, a workspace and a key, unless they exist. Safe to run again.

    `handle` is the account's: the person's own, or that of an organization that they own. `workspace` is the handle of
    the workspace. A new person gets the password in BAILIWICK_PASSWORD, or a generated one. The value of a key is not
    stored, so every run replaces the key that the last one created for this workspace. Raises `Invalid` if a handle
    belongs to somebody else, or the person has not confirmed their address.
    """
    user = User.objects.filter(email=email.lower()).first()
    password = ""
    if user is None:
        chosen_password = os.environ.get("BAILIWICK_PASSWORD", "")
        password = "" if chosen_password else secrets.token_urlsafe(18)
        own_handle = suggest_handle(email, besides={handle}) if organization else handle
        user = create_user(email=email, password=chosen_password or password, handle=own_handle)
    elif confirmation_required() and not is_confirmed(user):
        # Anybody may have signed up with this address, and would then have access to the key that is created below.
        raise Invalid(f"{user.email} signed up and has not confirmed the address. It must be confirmed first.")
    account = _own_organization(user, handle) if organization else _personal_account(user, handle)
    existing = account.workspaces.filter(handle=workspace).first()
    row: Workspace = existing or create_workspace(account, name=workspace, handle=workspace, actor=ACTOR)
    key_name = f"bootstrap {handle}/{workspace}"
    if len(key_name) > NAME_LENGTH:
        key_name = f"bootstrap {row.id}"
    for old in list(ApiKey.objects.filter(user=user, name=key_name)):
        revoke_key(user, old.id, actor=ACTOR)
    _, value = create_key(user, name=key_name, expires_at=None, actor=ACTOR)
    return Bootstrapped(account.id, row.id, value, password)


def _personal_account(user: User, handle: str) -> Account:
    """Return the user's personal account. Raises `Invalid` if it has another handle."""
    if user.handle != handle:
        raise Invalid(f"{user.email} has the handle {user.handle!r}, not {handle!r}.")
    return user.personal_account


def _own_organization(user: User, handle: str) -> Account:
    """Return the organization, created if it is missing. Raises `Invalid` if the user does not own it."""
    account = Account.objects.filter(handle=handle).first()
    if account is None:
        return create_organization(name=handle, handle=handle, founder=user, actor=ACTOR)
    if not account.memberships.filter(user=user, role=OWNER).exists():
        raise Invalid(f"{handle!r} is not an organization that {user.email} owns.")
    return account
