"""What the endpoints about people, service accounts and teams share."""

from uuid import UUID

from accounts.models import User
from accounts.rest.errors import ApiError
from orgs.models import Team
from rbac.models import Grant
from workspaces import accesses
from workspaces.rest import WorkspaceView
from workspaces.sharing import share_with_all, stop_sharing


class AccessView(WorkspaceView):
    long_errors = False

    def let_in(self, wanted: list[tuple[User | Team, UUID]]) -> None:
        """Give each a role, all or none."""
        roles = accesses.roles(self.workspace, [role for _, role in wanted])
        pairs = [(who, roles[role]) for who, role in wanted]
        share_with_all(self.workspace, pairs, actor=self.actor, within=self.access.scopes)

    def shut_out(self, who: User | Team) -> None:
        if not stop_sharing(self.workspace, who, actor=self.actor, within=self.access.scopes):
            raise ApiError(404, "Not Found")


def existing(grant: Grant | None) -> Grant:
    if grant is None:
        raise ApiError(404, "Not Found")
    return grant


def user_of(grant: Grant) -> User:
    assert grant.user is not None  # chosen by the kind of its user
    return grant.user


def team_of(grant: Grant) -> Team:
    assert grant.group is not None  # chosen by its team
    team: Team = grant.group.team
    return team


def shown(grant: Grant) -> dict[str, object]:
    own = {field: getattr(grant, field) for field in ("id", "created", "updated", "workspace_id")}
    return own | {"workspace_role_id": grant.role_id}
