"""Roles of teams. Everyone's, the default role, is not among them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.views import describe
from rbac import scopes
from rbac.models import Grant
from workspaces import access_schemas as schemas
from workspaces import accesses
from workspaces.access_api.base import AccessView, existing, shown, team_of


class TeamAccessesView(AccessView):
    required_scopes = {"PUT": scopes.MANAGE_WORKSPACE_TEAMS}

    @describe("upsert_workspace_team_access", body=schemas.TeamAccesses, answers={200: list[schemas.TeamAccess]})
    def put(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give teams of the account roles here, in place of those they had, all or none. Other teams keep theirs."""
        items = self.body(schemas.TeamAccesses).root
        teams = accesses.teams(self.workspace, [item.team_id for item in items])
        self.let_in([(teams[item.team_id], item.workspace_role_id) for item in items])
        of_teams = accesses.of_teams(self.workspace).filter(group__team__in=teams)
        given = {team_of(grant).id: grant for grant in of_teams}
        return Answer([_team_access(given[item.team_id]) for item in items])


class TeamAccessFilterView(AccessView):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_TEAMS}

    @describe(
        "read_workspace_team_accesses", body=schemas.TeamAccessesBody, answers={200: list[schemas.NamedTeamAccess]}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.TeamAccessesBody, optional=True)
        rows = body.of(accesses.of_teams(self.workspace))
        return Answer([_team_access(grant) | {"team_name": team_of(grant).name} for grant in rows])


class TeamAccessView(AccessView):
    required_scopes = {"DELETE": scopes.MANAGE_WORKSPACE_TEAMS}

    @describe("remove_workspace_team_access", answers={204: None})
    def delete(self, request: Request, team_id: UUID, **kwargs: Any) -> HttpResponse:
        """By the id of the team, unlike the others."""
        self.shut_out(team_of(existing(accesses.of_teams(self.workspace).filter(group__team=team_id).first())))
        return NoContent()


def _team_access(grant: Grant) -> dict[str, object]:
    return shown(grant) | {"team_id": team_of(grant).id}
