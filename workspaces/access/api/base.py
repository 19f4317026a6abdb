"""What the endpoints for the roles of people, service accounts and teams share."""

from uuid import UUID

from accounts.models import User
from core.errors import NotFound
from orgs.models import Team
from rbac.models import Grant
from workspaces.access import grant_queries
from workspaces.access.sharing import share_with_all, stop_sharing
from workspaces.rest import WorkspaceView


class AccessView(WorkspaceView):
    long_errors = False

    def grant_roles(self, role_ids: list[tuple[User | Team, UUID]]) -> None:
        """Grant each actor or team the role of this id, or change nothing. Raises `Invalid` for an unknown role."""
        roles = grant_queries.find_roles(self.workspace, [role_id for _, role_id in role_ids])
        pairs = [(grantee, roles[role_id]) for grantee, role_id in role_ids]
        share_with_all(self.workspace, pairs, actor=self.actor, granter_scopes=self.access.scopes)

    def revoke_role(self, grantee: User | Team) -> None:
        """Revoke the direct role. Raises `NotFound` if there is none."""
        if not stop_sharing(self.workspace, grantee, actor=self.actor, granter_scopes=self.access.scopes):
            raise NotFound


def require_grant(grant: Grant | None) -> Grant:
    """Return the grant. Raises `NotFound` for None."""
    if grant is None:
        raise NotFound
    return grant


def granted_user(grant: Grant) -> User:
    """Return the user of a grant from `user_grants` or `service_account_grants`."""
    assert grant.user is not None
    return grant.user


def granted_team(grant: Grant) -> Team:
    """Return the team of a grant from `team_grants`."""
    assert grant.group is not None
    team: Team = grant.group.team
    return team


def common_fields(grant: Grant) -> dict[str, object]:
    """Return the fields of a response that all kinds of grants share (`schemas.Access`)."""
    fields = {field: getattr(grant, field) for field in ("id", "created", "updated", "workspace_id")}
    return fields | {"workspace_role_id": grant.role_id}
