"""Create a service account together with its roles in workspaces."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Account, ApiKey
from auditlog.actors import Actor
from orgs.models import ServiceAccount
from orgs.services.service_accounts import create_service_account
from rbac.models import WorkspaceRole
from workspaces.access.sharing import share_with
from workspaces.scoping import Access


@transaction.atomic
def create_with_roles(
    account: Account,
    *,
    name: str,
    role: str,
    expires_at: datetime | None,
    workspace_roles: Iterable[tuple[Access, WorkspaceRole]],
    actor: Actor,
    granter_scopes: frozenset[str],
) -> tuple[ServiceAccount, ApiKey, str]:
    """Create a service account with its key and grant it a role in each workspace, or change nothing.

    `role` is the account role, which may not have more than `granter_scopes`, the actor's permissions in the account.
    `workspace_roles` are pairs of the actor's access to a workspace and the role to grant there, which may not have
    more scopes than that access. Returns the service account, its key and the value of the key. Raises the errors of
    `create_service_account` and `share_with`.
    """
    bot, key, value = create_service_account(
        account, name=name, role=role, expires_at=expires_at, actor=actor, granter_scopes=granter_scopes
    )
    # In the order of roles, so that calls for different workspaces lock the same roles in the same order.
    for access, workspace_role in sorted(workspace_roles, key=lambda pair: pair[1].id):
        share_with(access.workspace, bot, workspace_role, actor=actor, granter_scopes=access.scopes)
    return bot, key, value
