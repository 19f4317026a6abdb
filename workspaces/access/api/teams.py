"""Roles of teams in a workspace, without the default role, which is that of the team of everyone."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.models import Grant
from workspaces.access import filters, grant_queries, schemas
from workspaces.access.api.base import AccessView, common_fields, granted_team, require_grant


class TeamAccessesView(AccessView):
    required_scopes = {"PUT": scopes.MANAGE_WORKSPACE_TEAMS}

    @describe("upsert_workspace_team_access", body=schemas.TeamAccesses, answers={200: list[schemas.TeamAccess]})
    def put(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Grant teams of the account roles, in place of those they had, all or none. Other teams keep theirs."""
        items = self.body(schemas.TeamAccesses).root
        teams = grant_queries.find_teams(self.workspace, [item.team_id for item in items])
        self.grant_roles([(teams[item.team_id], item.workspace_role_id) for item in items])
        grants = grant_queries.team_grants(self.workspace).filter(group__team__in=teams)
        by_team = {granted_team(grant).id: grant for grant in grants}
        return Answer([_team_access(by_team[item.team_id]) for item in items])


class TeamAccessFilterView(AccessView):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_TEAMS}

    @describe(
        "read_workspace_team_accesses", body=filters.TeamAccessesBody, answers={200: list[schemas.NamedTeamAccess]}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(filters.TeamAccessesBody, optional=True)
        rows = body.apply(grant_queries.team_grants(self.workspace))
        return Answer([_team_access(grant) | {"team_name": granted_team(grant).name} for grant in rows])


class TeamAccessView(AccessView):
    required_scopes = {"DELETE": scopes.MANAGE_WORKSPACE_TEAMS}

    @describe("remove_workspace_team_access", answers={204: None})
    def delete(self, request: Request, team_id: UUID, **kwargs: Any) -> HttpResponse:
        """Revoke the role of a team. The path has the id of the team, not of the grant."""
        grants = grant_queries.team_grants(self.workspace).filter(group__team=team_id)
        self.revoke_role(granted_team(require_grant(grants.first())))
        return NoContent()


def _team_access(grant: Grant) -> dict[str, object]:
    return common_fields(grant) | {"team_id": granted_team(grant).id}
