"""Teams in the account API: made, found, filled, deleted. That of everyone is nowhere."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount, Team
from orgs.services.members import add_member
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team, everyone_team, update_team
from rbac import builtin, permissions
from tests.cast import Organization, Person, share
from workspaces.directory.services import create_workspace, delete_workspace

TESTS = system("tests")


def _teams(organization: Organization, below: str = "") -> str:
    return f"/api/accounts/{organization.account.id}/teams/{below}"


@pytest.fixture
def team(organization: Organization) -> Team:
    return create_team(organization.account, name="data", description="Those of the data", actor=TESTS)


@pytest.fixture
def robot(organization: Organization) -> ServiceAccount:
    return create_service_account(organization.account, name="robot", actor=TESTS)[0]


@pytest.mark.parametrize("slash", ["", "/"])
def test_made_at_both_spellings(organization: Organization, slash: str) -> None:
    """Terraform leaves the slash out, and takes no redirect."""
    path = _teams(organization).rstrip("/") + slash
    answer = organization.admin.api.post(path, {"name": "data", "description": "d"})
    made = answer.json()
    assert (answer.status_code, made) == (
        201,
        {
            "id": made["id"],
            "created": made["created"],
            "updated": made["updated"],
            "account_id": str(organization.account.id),
            "name": "data",
            "description": "d",
            "workos_directory_group_id": None,
            "memberships": [],
            "workspaces": [],
        },
    )
    assert organization.member.api.get(_teams(organization, made["id"])).json() == made
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.object_name, entry.actor_id) == ("team.created", "data", organization.admin.user.id)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": ""}, 422),
        ({"name": " "}, 422),
        ({"name": "x" * 501}, 422),
        ({"name": "new", "description": "x" * 5001}, 422),
        ({"name": "new", "memberships": []}, 422),
        ({"name": "data"}, 409),
        ({"name": "Everyone"}, 201),
        ({"name": "new", "description": None}, 201),
    ],
)
def test_what_a_team_is_made_of(organization: Organization, team: Team, body: dict[str, Any], status: int) -> None:
    assert organization.admin.api.post(_teams(organization), body).status_code == status
    assert Team.objects.filter(everyone=False).count() == (2 if status == 201 else 1)


def test_put_replaces_and_answers_the_team(organization: Organization, team: Team) -> None:
    path, api = _teams(organization, str(team.id)), organization.admin.api
    answer = api.put(path, {"name": "science", "description": "s", "workos_directory_group_id": "g-1"})
    read = answer.json()
    assert (answer.status_code, read["name"], read["description"], read["workos_directory_group_id"]) == (
        200,
        "science",
        "s",
        "g-1",
    )
    read = api.put(path, {"name": "science"}).json()
    assert (read["description"], read["workos_directory_group_id"]) == ("", "g-1")
    read = api.put(path, {"name": "science", "workos_directory_group_id": ""}).json()
    assert read["workos_directory_group_id"] is None
    create_team(organization.account, name="taken", actor=TESTS)
    assert api.put(path, {"name": "taken"}).status_code == 409
    assert api.put(path, {"description": "no name"}).status_code == 422
    assert organization.member.api.put(path, {"name": "mine"}).status_code == 403
    assert api.get(path).json()["name"] == "science"


def test_members_are_added_and_stay(organization: Organization, team: Team, robot: ServiceAccount) -> None:
    path, api = _teams(organization, str(team.id)), organization.admin.api
    mia = organization.member.user

    def put(*members: tuple[Any, str]) -> Any:
        given = [{"member_id": str(id), "member_type": kind} for id, kind in members]
        return api.put(f"{path}/members", {"members": given})

    answer = put((mia.id, "user"))
    person = {"id": str(mia.id), "handle": "mia", "name": "Mia Example", "email": "mia@example.com", "type": "user"}
    machine = {"id": str(robot.id), "handle": "robot", "name": "robot", "email": None, "type": "service_account"}
    assert (answer.status_code, answer.json()["memberships"]) == (200, [person])
    assert put((robot.id, "service_account"), (mia.id, "user"), (mia.id, "user")).status_code == 200
    assert put().status_code == 200
    assert api.get(path).json()["memberships"] == [person, machine]
    added = Entry.objects.filter(action="team-membership.created").values_list("detail__member", flat=True)
    assert sorted(added) == ["Mia Example", "robot"]
    for id in (mia.id, robot.id):
        assert organization.member.api.delete(f"{path}/members/{id}").status_code == 403
        assert api.delete(f"{path}/members/{id}").status_code == 204
        assert api.delete(f"{path}/members/{id}").status_code == 404
    assert api.get(path).json()["memberships"] == []


def test_only_who_belongs_to_the_account_is_added(
    organization: Organization, team: Team, robot: ServiceAccount, stranger: Person
) -> None:
    """A stranger's id and one that is nobody's are told in the same words; nothing is half done."""
    path, api = f"{_teams(organization, str(team.id))}/members", organization.admin.api
    theirs = create_service_account(stranger.account, name="theirs", actor=TESTS)[0]
    add_member(organization.account, user=stranger.user, role=permissions.COLLABORATOR, actor=TESTS)
    mia = {"member_id": str(organization.member.user.id), "member_type": "user"}
    refused = [
        (theirs.id, "service_account"),
        (uuid4(), "user"),
        (robot.id, "user"),
        (organization.member.user.id, "service_account"),
        (stranger.user.id, "user"),
    ]
    told = []
    for id, kind in refused:
        answer = api.put(path, {"members": [mia, {"member_id": str(id), "member_type": kind}]})
        assert answer.status_code == 422
        told.append(answer.json()["detail"].replace(str(id), "ID"))
    assert told[:4] == [f"There is no {kind} ID in this account." for _, kind in refused[:4]]
    for bad in ({}, {"members": [{"member_id": "mia", "member_type": "user"}]}, {"members": [mia] * 1001}):
        assert api.put(path, bad).status_code == 422
    assert list(team.members.all()) == []


def test_person_of_a_personal_account_is_in_its_teams(owner: Person) -> None:
    base = f"/api/accounts/{owner.account.id}/teams"
    made = owner.api.post(base, {"name": "me"}).json()
    body = {"members": [{"member_id": str(owner.user.id), "member_type": "user"}]}
    assert owner.api.put(f"{base}/{made['id']}/members", body).status_code == 200
    assert [one["handle"] for one in owner.api.get(f"{base}/{made['id']}").json()["memberships"]] == ["olga"]


def test_workspaces_with_their_roles(organization: Organization, team: Team) -> None:
    share(organization.workspace, team, "Developer")
    assert organization.member.api.get(_teams(organization, str(team.id))).json()["workspaces"] == [
        {
            "workspace_id": str(organization.workspace.id),
            "workspace_handle": "shared",
            "workspace_role_id": str(builtin.IDS["Developer"]),
            "workspace_role_name": "Developer",
        }
    ]
    delete_workspace(organization.workspace, actor=TESTS)
    assert organization.member.api.get(_teams(organization, str(team.id))).json()["workspaces"] == []


def test_deleted_with_its_grants_but_not_its_members(organization: Organization, team: Team) -> None:
    path = _teams(organization, str(team.id))
    add_to_team(team, [organization.member.user], actor=TESTS)
    share(organization.workspace, team, "Viewer")
    root = f"/api/accounts/{organization.account.id}/workspaces/{organization.workspace.id}"
    assert organization.member.api.post(f"{root}/flows/filter").status_code == 200
    assert organization.member.api.delete(path).status_code == 403
    assert organization.admin.api.delete(path).status_code == 204
    assert organization.admin.api.delete(path).status_code == 404
    assert organization.member.api.post(f"{root}/flows/filter").status_code == 404
    assert Membership.objects.filter(user=organization.member.user).exists() is True


def test_team_of_everyone_and_those_of_others_are_not_found(organization: Organization, stranger: Person) -> None:
    everyone = everyone_team(organization.account.id)
    assert everyone is not None
    theirs = create_team(stranger.account, name="theirs", actor=TESTS)
    mia = organization.member.user.id
    body = {"members": [{"member_id": str(mia), "member_type": "user"}]}
    for team in (everyone, theirs):
        path = _teams(organization, str(team.id))
        for method, below, given in (
            ("get", "", None),
            ("put", "", {"name": "mine"}),
            ("delete", "", None),
            ("put", "/members", body),
            ("delete", f"/members/{mia}", None),
        ):
            answer = organization.owner.api.call(method, path + below, given)
            assert (method, answer.status_code, answer.json()) == (method, 404, {"detail": "Not Found"})
    asked = {"teams": {"id": {"any_": [str(everyone.id), str(theirs.id)]}}}
    assert organization.owner.api.post(_teams(organization, "filter"), asked).json() == []
    assert organization.owner.api.post(_teams(organization, "filter")).json() == []
    assert everyone.members.count() == 3


def test_found_by_every_condition(organization: Organization, team: Team, robot: ServiceAccount) -> None:
    mia, adam = organization.member.user, organization.admin.user
    ops = create_team(organization.account, name="ops", actor=TESTS)
    update_team(ops, name="ops", directory_group_id="g-7", actor=TESTS)
    add_to_team(team, [mia], actor=TESTS)
    robots: list[User] = [adam, robot]
    add_to_team(ops, robots, actor=TESTS)
    share(organization.workspace, team, "Viewer")
    second = create_workspace(organization.account, name="Second", handle="second", actor=TESTS)
    share(second, team, "Developer")
    share(second, ops, "Viewer")
    viewer, developer = str(builtin.IDS["Viewer"]), str(builtin.IDS["Developer"])

    def names(**asked: Any) -> list[str]:
        return [one["name"] for one in organization.member.api.post(_teams(organization, "filter"), asked).json()]

    def teams(**asked: Any) -> list[str]:
        return names(teams=asked)

    nothing: tuple[dict[str, Any], ...] = (
        {},
        {"teams": {}},
        {"teams": {"name": {"any_": None}}},
        {"users": {}, "bots": {}},
    )
    for everything in nothing:
        assert names(**everything) == ["data", "ops"]
    assert teams(name={"any_": []}) == []
    assert teams(name={"any_": ["ops"]}) == ["ops"]
    assert teams(name={"like_": "AT"}) == ["data"]
    assert teams(id={"any_": [str(team.id)]}) == ["data"]
    assert teams(directory_id={"any_": ["g-7"]}) == ["ops"]
    assert teams(workspace_id={"any_": [str(organization.workspace.id)]}) == ["data"]
    assert teams(workspace_role_id={"any_": [viewer]}) == ["data", "ops"]
    assert teams(workspace_id={"any_": [str(second.id)]}, workspace_role_id={"any_": [viewer]}) == ["ops"]
    assert teams(workspace_id={"any_": [str(second.id)]}, workspace_role_id={"any_": [developer]}) == ["data"]
    assert teams(workspace_id={"any_": []}) == []
    assert teams(member_id={"any_": [str(robot.id), str(uuid4())]}) == ["ops"]
    assert names(users={"id": {"any_": [str(mia.id)]}}) == ["data"]
    assert names(users={"id": {"any_": [str(robot.id)]}}) == []
    assert names(users={"id": {"not_any_": [str(mia.id)]}}) == ["ops"]
    assert names(users={"handle": {"any_": ["adam"]}}) == ["ops"]
    assert names(users={"email": {"like_": "MIA@"}}) == ["data"]
    assert names(users={"name": {"like_": "a ex"}}) == ["data"]
    assert names(bots={"name": {"any_": ["robot"]}}) == ["ops"]
    assert names(bots={"id": {"any_": [str(mia.id)]}}) == []
    assert names(sort="NAME_DESC") == ["ops", "data"]
    assert names(sort="CREATED_ASC") == ["data", "ops"]
    assert names(sort="CREATED_DESC", limit=1) == ["ops"]
    assert names(limit=1, offset=1) == ["ops"]
    wrong: tuple[dict[str, Any], ...] = ({"limit": 201}, {"sort": "SIZE_ASC"}, {"teams": {"size": {}}})
    for bad in wrong:
        assert organization.member.api.post(_teams(organization, "filter"), bad).status_code == 422


def test_the_list_costs_the_same_for_one_and_three(
    organization: Organization, team: Team, robot: ServiceAccount, django_assert_num_queries: Any
) -> None:
    api = organization.member.api
    api.post(_teams(organization, "filter"))
    counts = []
    for more in (("second", "third"), ()):
        with django_assert_num_queries(5):
            counts.append(len(api.post(_teams(organization, "filter")).json()))
        for name in more:
            made = create_team(organization.account, name=name, actor=TESTS)
            add_to_team(made, [organization.member.user, organization.admin.user, robot], actor=TESTS)
            share(organization.workspace, made, "Viewer")
    assert counts == [1, 3]


def test_what_terraform_sends(organization: Organization, robot: ServiceAccount) -> None:
    api, base = organization.owner.api, _teams(organization).rstrip("/")
    made = api.post(base, {"name": "tf", "description": ""}).json()
    assert api.get(f"{base}/{made['id']}").json()["name"] == "tf"
    changed = api.put(f"{base}/{made['id']}", {"name": "tf", "description": "by code"})
    assert (changed.status_code, changed.json()["description"]) == (200, "by code")
    body = {"members": [{"member_id": str(robot.id), "member_type": "service_account"}]}
    assert api.put(f"{base}/{made['id']}/members", body).status_code == 200
    assert [one["id"] for one in api.get(f"{base}/{made['id']}").json()["memberships"]] == [str(robot.id)]
    everything = {"teams": {"name": {"any_": None}}, "limit": 200, "offset": 0}
    assert [one["id"] for one in api.post(f"{base}/filter", everything).json()] == [made["id"]]
    assert api.delete(f"{base}/{made['id']}/members/{robot.id}").status_code == 204
    assert api.delete(f"{base}/{made['id']}").status_code == 204
    assert api.get(f"{base}/{made['id']}").status_code == 404
