"""Change the direct roles of several people, teams or service accounts in a workspace at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from auditlog.actors import Actor
from core.errors import Conflict
from orgs.models import Team
from rbac.models import Grant, WorkspaceRole
from workspaces.access.sharing import lock_account_and_workspace, lock_memberships, share_with, stop_sharing
from workspaces.models import Workspace

EDIT_CONFLICT = "Somebody else changed these roles meanwhile. Check them, then save again."


@dataclass(frozen=True, slots=True)
class GrantChange:
    """A direct role to grant, or to revoke if `role` is None.

    `seen` is the id of the role that the actor's page showed.
    """

    grantee: User | Team
    seen: UUID | None
    role: WorkspaceRole | None


@transaction.atomic
def change_grants(
    workspace: Workspace,
    changes: Sequence[GrantChange],
    *,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> None:
    """Make all changes or none. Changes that somebody else has already made are skipped.

    Raises `Conflict` if a role is now neither the one that the actor saw nor the chosen one, and the errors of
    `share_with` and `stop_sharing`.
    """
    lock_account_and_workspace(workspace)
    lock_memberships(workspace, [change.grantee for change in changes if isinstance(change.grantee, User)])
    current = direct_roles(workspace, [change.grantee for change in changes])
    for change in changes:
        role = current.get(change.grantee.id)
        if (role.id if role else None) not in (change.seen, change.role.id if change.role else None):
            raise Conflict(EDIT_CONFLICT)
    # Sort by role, so that concurrent calls for different workspaces lock roles in the same order.
    for change in sorted(changes, key=lambda change: str(change.role.id if change.role else "")):
        if change.role is None:
            stop_sharing(workspace, change.grantee, actor=actor, granter_scopes=granter_scopes)
        else:
            share_with(workspace, change.grantee, change.role, actor=actor, granter_scopes=granter_scopes)


def direct_roles(workspace: Workspace, grantees: Sequence[User | Team]) -> dict[UUID, WorkspaceRole]:
    """Return the direct roles by the id of the person, service account or team that holds them: one query."""
    teams = {grantee.group_id: grantee.id for grantee in grantees if isinstance(grantee, Team)}
    users = [grantee.id for grantee in grantees if isinstance(grantee, User)]
    grants = Grant.objects.filter(Q(user__in=users) | Q(group__in=teams), workspace=workspace)
    roles: dict[UUID, WorkspaceRole] = {}
    for grant in grants.select_related("role__inherits"):
        if grant.user_id is not None:
            roles[grant.user_id] = grant.role
        elif grant.group_id is not None:
            roles[teams[grant.group_id]] = grant.role
    return roles
