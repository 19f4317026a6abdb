"""The default role of a workspace: the role that everyone in the organization has there."""

from django.db import transaction

from auditlog.actors import Actor
from core.errors import Invalid
from orgs.services.teams import everyone_team
from rbac.models import Grant, WorkspaceRole
from workspaces.access.sharing import share_with, stop_sharing
from workspaces.models import Workspace


def default_role(workspace: Workspace) -> WorkspaceRole | None:
    """Return the default role of the workspace, if it has one."""
    grants = Grant.objects.filter(workspace=workspace, group__team__everyone=True).select_related("role__inherits")
    grant = grants.first()
    return grant.role if grant else None


@transaction.atomic
def set_default_role(
    workspace: Workspace, role: WorkspaceRole | None, *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> None:
    """Grant a role to everyone in the organization, or revoke it: with None, only those with other access may enter.

    Raises the errors of `share_with`, and `Invalid` for a personal account, which has no members.
    """
    everyone = everyone_team(workspace.account_id)
    if everyone is None:
        if role is not None:
            raise Invalid("A personal account has no default role.")
        return
    if role is None:
        stop_sharing(workspace, everyone, actor=actor, granter_scopes=granter_scopes)
    else:
        share_with(workspace, everyone, role, actor=actor, granter_scopes=granter_scopes)
