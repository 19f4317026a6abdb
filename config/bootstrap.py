"""A first person with an account, a workspace and a key, for operators, containers and benchmarks."""

import os
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account, ApiKey, User
from accounts.services.handles import suggest_handle
from accounts.services.keys import create_key, revoke_key
from accounts.services.people import create_user
from auditlog.actors import system
from orgs.services.organizations import found_organization
from rbac.permissions import OWNER
from workspaces.models import Workspace
from workspaces.services import create_workspace

ACTOR = system("bootstrap")


@dataclass(frozen=True)
class Bootstrapped:
    account_id: UUID
    workspace_id: UUID
    api_key: str
    password: str  # only when it was generated now


@transaction.atomic
def bootstrap(*, email: str, handle: str, workspace: str, organization: bool) -> Bootstrapped:
    """Make what is missing and find the rest. Raises ValidationError when a handle belongs to somebody else.

    A key's value is stored nowhere, so every run replaces the key that the last one made for this workspace.
    """
    user = User.objects.filter(email=email.lower()).first()
    password = ""
    if user is None:
        given = os.environ.get("BAILIWICK_PASSWORD", "")
        password = "" if given else secrets.token_urlsafe(18)
        own_handle = suggest_handle(email) if organization else handle
        user = create_user(email=email, password=given or password, handle=own_handle)
    account = _organization(user, handle) if organization else _personal(user, handle)
    found = account.workspaces.filter(handle=workspace).first()
    made: Workspace = found or create_workspace(account, name=workspace, handle=workspace, actor=ACTOR)
    key_name = f"bootstrap {handle}/{workspace}"
    for old in list(ApiKey.objects.filter(user=user, name=key_name)):
        revoke_key(user, old.id, actor=ACTOR)
    _, value = create_key(user, name=key_name, expires_at=None, actor=ACTOR)
    return Bootstrapped(account.id, made.id, value, password)


def _personal(user: User, handle: str) -> Account:
    if user.handle != handle:
        raise ValidationError(f"{user.email} has the handle {user.handle!r}, not {handle!r}.")
    return user.personal_account


def _organization(user: User, handle: str) -> Account:
    account = Account.objects.filter(handle=handle).first()
    if account is None:
        return found_organization(name=handle, handle=handle, founder=user, actor=ACTOR)
    if not account.memberships.filter(user=user, role=OWNER).exists():
        raise ValidationError(f"{handle!r} is not an organization that {user.email} owns.")
    return account
