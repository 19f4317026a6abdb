"""The account API of teams (cloud-api.md 2.5). That of everyone is nowhere in it."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.models import Team
from orgs.rest import AccountView
from orgs.schemas import teams as schemas
from orgs.services import teams
from orgs.team_rows import found, read, teams_of


class TeamsView(AccountView):
    required_permissions = {"POST": "create:team"}

    @describe("create_team", body=schemas.TeamCreate, answers={201: schemas.Team})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        body = self.body(schemas.TeamCreate)
        team = teams.create_team(self.account, name=body.name, description=body.description or "", actor=self.actor)
        return Answer(read([team])[0], status=201)


class TeamsFilterView(AccountView):
    required_permissions = {"POST": "read:team"}

    @describe("read_teams", body=schemas.TeamsBody, answers={200: list[schemas.Team]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Teams by name, by member, by workspace."""
        body = self.body(schemas.TeamsBody, optional=True)
        return Answer(read(found(self.account, body)[body.window]))


class TeamView(AccountView):
    required_permissions = {"GET": "read:team", "PUT": "update:team", "DELETE": "delete:team"}

    @describe("read_team", answers={200: schemas.Team})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(read([_team(self, id)])[0])

    @describe("update_team", body=schemas.TeamUpdate, answers={200: schemas.Team})
    def put(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        team = _team(self, id)
        body = self.body(schemas.TeamUpdate)
        teams.update_team(
            team,
            name=body.name,
            description=body.description or "",
            directory_group_id=body.workos_directory_group_id,
            actor=self.actor,
        )
        return Answer(read([_team(self, id)])[0])

    @describe("delete_team", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """With what was granted to it; its members stay in the account."""
        teams.delete_team(_team(self, id), actor=self.actor)
        return NoContent()


class TeamMembersView(AccountView):
    required_permissions = {"PUT": "update:team"}

    @describe("upsert_team_members", body=schemas.MembersGiven, answers={200: schemas.Team})
    def put(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Put people and service accounts into the team; who is in it stays."""
        team = _team(self, id)
        wanted = {one.member_id: one.member_type for one in self.body(schemas.MembersGiven).members}
        teams.add_to_team(team, _actors(self, wanted), actor=self.actor)
        return Answer(read([team])[0])


class TeamMemberView(AccountView):
    required_permissions = {"DELETE": "update:team"}

    @describe("remove_team_member", answers={204: None})
    def delete(self, request: Request, account_id: UUID, team_id: UUID, actor_id: UUID) -> HttpResponse:
        team = _team(self, team_id)
        member = team.members.filter(id=actor_id).first()
        if member is None or not teams.remove_from_team(team, member, actor=self.actor):
            raise ApiError(404, "Not Found")
        return NoContent()


def _team(view: AccountView, id: UUID) -> Team:
    team = teams_of(view.account).filter(id=id).first()
    if team is None:
        raise ApiError(404, "Not Found")
    return team


def _actors(view: AccountView, wanted: dict[UUID, schemas.Kind]) -> list[User]:
    """Those of the account alone. Raises ApiError for any other id, whether it is somebody's elsewhere or nobody's."""
    belong = Q(memberships__account=view.account) | Q(personal_account=view.account)
    known = {user.id: user for user in User.actors.filter(belong, id__in=wanted)}
    for id, kind in wanted.items():
        if id not in known or known[id].kind != kind:
            raise ApiError(422, f"There is no {kind} {id} in this account.")
    return [known[id] for id in wanted]
