"""Endpoints of teams (docs/contract/cloud-api.md, "Teams"). They do not show the team of everyone."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs.models import Team
from orgs.rest import AccountView
from orgs.schemas import teams as schemas
from orgs.services import teams
from orgs.team_rows import matching_teams, serialize_teams, teams_of
from rbac import permissions


class TeamsView(AccountView):
    required_permissions = {"POST": permissions.CREATE_TEAM}

    @describe("create_team", body=schemas.TeamCreate, answers={201: schemas.Team})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        body = self.body(schemas.TeamCreate)
        team = teams.create_team(self.account, name=body.name, description=body.description or "", actor=self.actor)
        return Answer(serialize_teams([team])[0], status=201)


class TeamsFilterView(AccountView):
    required_permissions = {"POST": permissions.READ_TEAM}

    @describe("read_teams", body=schemas.TeamsBody, answers={200: list[schemas.Team]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """List teams, filtered by name, member or workspace."""
        body = self.body(schemas.TeamsBody, optional=True)
        return Answer(serialize_teams(matching_teams(self.account, body)[body.window]))


class TeamView(AccountView):
    required_permissions = {
        "GET": permissions.READ_TEAM,
        "PUT": permissions.UPDATE_TEAM,
        "DELETE": permissions.DELETE_TEAM,
    }

    @describe("read_team", answers={200: schemas.Team})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(serialize_teams([_get_team(self, id)])[0])

    @describe("update_team", body=schemas.TeamUpdate, answers={200: schemas.Team})
    def put(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        team = _get_team(self, id)
        body = self.body(schemas.TeamUpdate)
        teams.update_team(
            team,
            name=body.name,
            description=body.description or "",
            directory_group_id=body.workos_directory_group_id,
            actor=self.actor,
        )
        return Answer(serialize_teams([_get_team(self, id)])[0])

    @describe("delete_team", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Delete a team and its grants. Its members stay in the account."""
        teams.delete_team(_get_team(self, id), actor=self.actor)
        return NoContent()


class TeamMembersView(AccountView):
    required_permissions = {"PUT": permissions.UPDATE_TEAM}

    @describe("upsert_team_members", body=schemas.MembersGiven, answers={200: schemas.Team})
    def put(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Add people and service accounts to the team. Those who are already in it are ignored."""
        team = _get_team(self, id)
        kinds = {member.member_id: member.member_type for member in self.body(schemas.MembersGiven).members}
        teams.add_to_team(team, _get_actors(self, kinds), actor=self.actor)
        return Answer(serialize_teams([team])[0])


class TeamMemberView(AccountView):
    required_permissions = {"DELETE": permissions.UPDATE_TEAM}

    @describe("remove_team_member", answers={204: None})
    def delete(self, request: Request, account_id: UUID, team_id: UUID, actor_id: UUID) -> HttpResponse:
        team = _get_team(self, team_id)
        member = team.members.filter(id=actor_id).first()
        if member is None or not teams.remove_from_team(team, member, actor=self.actor):
            raise NotFound
        return NoContent()


def _get_team(view: AccountView, id: UUID) -> Team:
    team = teams_of(view.account).filter(id=id).first()
    if team is None:
        raise NotFound
    return team


def _get_actors(view: AccountView, kinds: dict[UUID, schemas.Kind]) -> list[User]:
    """Return the users with these ids and kinds. Raises `ApiError` 422 if one does not belong to the account."""
    in_account = Q(memberships__account=view.account) | Q(personal_account=view.account)
    users = {user.id: user for user in User.actors.filter(in_account, id__in=kinds)}
    for id, kind in kinds.items():
        if id not in users or users[id].kind != kind:
            raise ApiError(422, f"There is no {kind} {id} in this account.")
    return [users[id] for id in kinds]
