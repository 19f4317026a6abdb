"""Workspaces as things of their account: made, listed, changed, deleted, left."""

from typing import Any
from uuid import uuid4

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.services.members import add_member, set_active
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, permissions, scopes
from rbac.models import Grant
from rbac.role_choices import usable_role
from tests.cast import Api, Organization, Person, api_root, make_colleague, share
from workspaces.access.default_roles import default_role, set_default_role
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

NOT_FOUND = (404, {"detail": "Not Found"})
BY = system("tests")


def account_api(organization: Organization) -> str:
    return f"/api/accounts/{organization.account.id}"


def make_default(workspace: Workspace, role: str) -> None:
    set_default_role(workspace, usable_role(workspace.account, builtin.IDS[role]), actor=BY)


def handles(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [one["handle"] for one in answer.json()]


def test_workspace_is_made_as_terraform_asks_for_it(organization: Organization) -> None:
    body = {"name": "Data", "description": None, "handle": "data"}
    answer = organization.admin.api.post(f"{account_api(organization)}/workspaces/", body)
    made = Workspace.objects.get(handle="data")
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": str(made.id),
            "created": answer.json()["created"],
            "updated": answer.json()["updated"],
            "account_id": str(organization.account.id),
            "name": "Data",
            "handle": "data",
            "description": "",
            "default_workspace_role_id": None,
            "is_public": False,
        },
    )
    assert organization.admin.api.get(api_root(made)).json() == answer.json()
    # Who owns every workspace of the account needs no role of their own.
    assert list(Grant.objects.filter(workspace=made)) == []
    assert Entry.objects.get(action="workspace.created", object_id=str(made.id)).actor_id == organization.admin.user.id


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Again", "handle": "shared"}, 409),
        ({"name": "", "handle": "new"}, 422),
        ({"name": " ", "handle": "new"}, 422),
        ({"name": "x" * 501, "handle": "new"}, 422),
        ({"name": "New", "handle": "New"}, 422),
        ({"name": "New", "handle": ""}, 422),
        ({"name": "New", "handle": "x" * 4000}, 422),
        ({"name": "New", "handle": "new", "description": "x" * 5001}, 422),
        ({"name": "New", "handle": "new", "account_id": str(uuid4())}, 422),
        ({"name": "New"}, 422),
    ],
)
def test_what_is_no_workspace_is_refused(organization: Organization, body: Any, status: int) -> None:
    before = Workspace.objects.count()
    answer = organization.owner.api.post(f"{account_api(organization)}/workspaces/", body)
    assert (answer.status_code, Workspace.objects.count()) == (status, before)


def test_members_and_strangers_make_none(organization: Organization, stranger: Person) -> None:
    body = {"name": "New", "handle": "new"}
    address = f"{account_api(organization)}/workspaces/"
    assert organization.member.api.post(address, body).status_code == 403
    answer = stranger.api.post(address, body)
    assert (answer.status_code, answer.json()) == NOT_FOUND
    assert organization.owner.api.post(address, body).status_code == 201


def test_person_makes_one_in_the_account_of_their_own(owner: Person, stranger: Person) -> None:
    address = f"/api/accounts/{owner.account.id}/workspaces/"
    assert owner.api.post(address, {"name": "Second", "handle": "second"}).status_code == 201
    assert stranger.api.post(address, {"name": "Third", "handle": "third"}).status_code == 404
    assert list(owner.account.workspaces.order_by("handle").values_list("handle", flat=True)) == ["home", "second"]


def test_maker_whom_the_account_does_not_make_an_owner_gets_the_role(organization: Organization) -> None:
    def made(handle: str, maker: Person) -> list[Any]:
        workspace = create_workspace(organization.account, name=handle, handle=handle, owner=maker.user, actor=BY)
        return list(Grant.objects.filter(workspace=workspace).values_list("user", "role__name"))

    assert made("by-member", organization.member) == [(organization.member.user.id, "Owner")]
    assert made("by-admin", organization.admin) == []


def test_one_sees_the_workspaces_that_one_may_enter(organization: Organization, stranger: Person) -> None:
    other = create_workspace(organization.account, name="Other", handle="other", actor=BY)
    open_to_all = create_workspace(organization.account, name="Open", handle="open", actor=BY)
    make_default(open_to_all, builtin.VIEWER)
    bot, _, key = create_service_account(organization.account, name="ci", actor=BY)
    share(organization.workspace, bot, builtin.WORKER)
    address = f"{account_api(organization)}/workspaces/filter"
    for person in (organization.owner, organization.admin):
        assert handles(person.api.post(address)) == ["shared", "other", "open"]
    assert handles(organization.member.api.post(address)) == ["open"]
    share(other, organization.member.user, builtin.VIEWER)
    assert handles(organization.member.api.post(address)) == ["other", "open"]
    assert handles(Api(key).post(address)) == ["shared"]  # the default role is people's alone
    answer = stranger.api.post(address)
    assert (answer.status_code, answer.json()) == NOT_FOUND


def test_filter_takes_what_terraform_sends(organization: Organization) -> None:
    create_workspace(organization.account, name="Other", handle="other", actor=BY)
    address, api = f"{account_api(organization)}/workspaces/filter", organization.owner.api

    def found(**wanted: Any) -> list[str]:
        return handles(api.post(address, wanted))

    assert handles(api.client.generic("POST", address)) == ["shared", "other"]
    assert found(workspaces={"handle": {"any_": ["other", "home"]}}) == ["other"]
    assert found(workspaces={"handle": {"any_": None}}) == ["shared", "other"]
    assert found(workspaces={"handle": {"any_": []}}) == []
    assert found(workspaces={"id": {"any_": [str(organization.workspace.id)]}}) == ["shared"]
    assert found(workspaces={"id": {"any_": [str(organization.owner.workspace.id)]}}) == []
    assert found(limit=1) == ["shared"]
    assert found(limit=1, offset=1) == ["other"]
    assert found(limit=0) == []
    assert api.post(address, {"limit": 201}).status_code == 422
    assert api.post(address, {"workspaces": {"name": {"any_": []}}}).status_code == 422


def test_collaborators_of_a_person_read_no_list(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    share(owner.workspace, stranger.user, builtin.VIEWER)
    address = f"/api/accounts/{owner.account.id}/workspaces/filter"
    assert stranger.api.post(address).status_code == 403
    assert handles(owner.api.post(address)) == ["home"]
    assert stranger.api.get(owner.workspace_api).json()["handle"] == "home"


def test_whoever_may_enter_reads_the_workspace(organization: Organization, stranger: Person) -> None:
    address = api_root(organization.workspace)
    for outsider in (organization.member, stranger):
        answer = outsider.api.get(address)
        assert (answer.status_code, answer.json()) == NOT_FOUND
    share(organization.workspace, organization.member.user, builtin.WORKER)
    assert organization.member.api.get(address).json()["name"] == "Shared"
    make_default(organization.workspace, builtin.VIEWER)
    viewer = str(builtin.IDS[builtin.VIEWER])
    assert organization.member.api.get(address).json()["default_workspace_role_id"] == viewer
    listed = organization.owner.api.post(f"{account_api(organization)}/workspaces/filter").json()
    assert [one["default_workspace_role_id"] for one in listed] == [viewer]


def test_update_as_terraform_sends_it_leaves_the_default_role(organization: Organization) -> None:
    address = api_root(organization.workspace)
    make_default(organization.workspace, builtin.VIEWER)
    body = {"name": "New", "description": None, "handle": None, "default_workspace_role_id": None}
    answer = organization.owner.api.patch(address, body)
    assert (answer.status_code, answer.content) == (204, b"")
    read = organization.owner.api.get(address).json()
    assert (read["name"], read["handle"], read["description"]) == ("New", "shared", "")
    assert read["default_workspace_role_id"] == str(builtin.IDS[builtin.VIEWER])
    assert organization.owner.api.patch(address, {"description": "Ours"}).status_code == 204
    assert organization.owner.api.get(address).json()["description"] == "Ours"
    assert [entry.detail["changes"] for entry in Entry.objects.filter(action="workspace.updated").order_by("id")] == [
        {"name": {"from": "Shared", "to": "New"}},
        {"description": {"from": "", "to": "Ours"}},
    ]


def test_nothing_of_an_update_stays_when_its_default_role_is_refused(
    organization: Organization, owner: Person, stranger: Person
) -> None:
    foreign = create_role(stranger.account, name="Theirs", scopes=["see_flows"], actor=BY)
    for role_id in (foreign.id, uuid4()):
        body = {"name": "New", "default_workspace_role_id": str(role_id)}
        answer = organization.owner.api.patch(api_root(organization.workspace), body)
        assert (answer.status_code, answer.json()) == (422, {"detail": "There is no such role in this account."})
    viewer = str(builtin.IDS[builtin.VIEWER])
    # A personal account has nobody for whom it could hold.
    answer = owner.api.patch(owner.workspace_api, {"name": "New", "default_workspace_role_id": viewer})
    assert answer.status_code == 422
    assert set(Workspace.objects.values_list("name", flat=True)) >= {"Shared", "Home of olga"}
    assert Workspace.objects.filter(name="New").count() == 0
    body = {"name": "New", "default_workspace_role_id": viewer}
    assert organization.owner.api.patch(api_root(organization.workspace), body).status_code == 204
    assert Workspace.objects.get(name="New").id == organization.workspace.id


def test_default_role_is_within_the_rights_of_who_sets_it(organization: Organization) -> None:
    editor = create_role(
        organization.account,
        name="Editor",
        scopes=["write_workspace_settings"],
        inherits=usable_role(organization.account, builtin.IDS[builtin.VIEWER]),
        actor=BY,
    )
    share_with(organization.workspace, organization.member.user, editor, actor=BY)
    address, api = api_root(organization.workspace), organization.member.api
    refused = {"name": "Mine", "default_workspace_role_id": str(builtin.IDS[builtin.OWNER])}
    assert api.patch(address, refused).status_code == 403
    assert default_role(organization.workspace) is None
    assert Workspace.objects.get(id=organization.workspace.id).name == "Shared"
    assert (
        api.patch(address, refused | {"default_workspace_role_id": str(builtin.IDS[builtin.VIEWER])}).status_code == 204
    )
    make_default(organization.workspace, builtin.OWNER)
    bot, _, key = create_service_account(organization.account, name="ci", actor=BY)  # does not hold the default role
    share_with(organization.workspace, bot, editor, actor=BY)
    assert Api(key).delete(f"{address}/default_workspace_role").status_code == 403
    assert organization.owner.api.delete(f"{address}/default_workspace_role").status_code == 204


def test_default_role_is_cleared_at_its_own_address(organization: Organization) -> None:
    make_default(organization.workspace, builtin.VIEWER)
    address = api_root(organization.workspace)
    assert organization.member.api.get(address).status_code == 200
    assert organization.member.api.delete(f"{address}/default_workspace_role").status_code == 403
    for _ in range(2):
        assert organization.owner.api.delete(f"{address}/default_workspace_role").status_code == 204
    assert organization.owner.api.get(address).json()["default_workspace_role_id"] is None
    assert organization.member.api.get(address).status_code == 404
    assert Entry.objects.filter(action="workspace-access.deleted").count() == 1


@pytest.mark.parametrize(
    ("method", "below", "body", "scope"),
    [
        ("patch", "", {"name": "New"}, scopes.WRITE_WORKSPACE_SETTINGS),
        ("delete", "", None, scopes.MANAGE_WORKSPACE_SETTINGS),
        ("delete", "/default_workspace_role", None, scopes.WRITE_WORKSPACE_SETTINGS),
        ("get", "/settings", None, scopes.SEE_WORKSPACE_SETTINGS),
        ("patch", "/settings", {}, scopes.WRITE_WORKSPACE_SETTINGS),
    ],
)
def test_each_change_needs_its_scope(
    organization: Organization, stranger: Person, method: str, below: str, body: Any, scope: str
) -> None:
    address = f"{api_root(organization.workspace)}{below}"
    answer = stranger.api.call(method, address, body)
    assert (answer.status_code, answer.json()) == NOT_FOUND
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    answer = organization.member.api.call(method, address, body)
    detail = f"This needs the scope {scope} in the workspace."
    assert (answer.status_code, answer.json()) == (403, {"detail": detail})
    create_role(organization.account, name="Just this", scopes=[scope], actor=BY)
    share(organization.workspace, organization.member.user, "Just this")
    assert organization.member.api.call(method, address, body).status_code in (200, 204)


def test_workspace_is_deleted_once(organization: Organization) -> None:
    address = api_root(organization.workspace)
    assert organization.admin.api.delete(address).status_code == 204
    answer = organization.admin.api.delete(address)
    assert (answer.status_code, answer.json()) == NOT_FOUND
    assert Entry.objects.filter(action="workspace.deleted").count() == 1


def test_settings_are_kept_and_what_is_missing_stays(organization: Organization) -> None:
    address, api, block = f"{api_root(organization.workspace)}/settings", organization.owner.api, str(uuid4())
    told: dict[str, Any] = {"inherit_default_result_storage": True, "default_result_storage_block_id": None}
    assert api.get(address).json() == told
    steps: list[tuple[Any, dict[str, Any]]] = [
        ({"default_result_storage_block_id": block}, {"default_result_storage_block_id": block}),
        ({"inherit_default_result_storage": False}, {"inherit_default_result_storage": False}),
        ({"inherit_default_result_storage": None}, {}),
        ({}, {}),
        ({"default_result_storage_block_id": None}, {"default_result_storage_block_id": None}),
    ]
    for body, change in steps:
        answer = api.patch(address, body)
        assert (answer.status_code, answer.content) == (204, b"")
        told |= change
        assert api.get(address).json() == told
    assert api.patch(address, {"default_result_storage_block_id": "s3"}).status_code == 422
    assert [entry.detail["changes"] for entry in Entry.objects.filter(action="workspace.updated").order_by("id")] == [
        {"default_result_storage_block_id": {"from": None, "to": block}},
        {"inherit_default_result_storage": {"from": True, "to": False}},
        {"default_result_storage_block_id": {"from": block, "to": None}},
    ]


def test_list_costs_the_same_for_one_and_three(organization: Organization, django_assert_num_queries: Any) -> None:
    address = f"{account_api(organization)}/workspaces/filter"
    organization.admin.api.post(address)
    counts = []
    for number in (1, 2):
        with django_assert_num_queries(3):
            counts.append(len(organization.admin.api.post(address).json()))
        for name in (f"more-{number}", f"most-{number}"):
            make_default(create_workspace(organization.account, name=name, handle=name, actor=BY), builtin.VIEWER)
    assert counts == [1, 3]


# --- one's own way out


def leave(person: Person, workspace: Workspace) -> Any:
    return person.api.delete(f"/api/me/workspaces/{workspace.id}")


def test_member_gives_up_a_role_of_their_own_and_is_out(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, builtin.OWNER)
    answer = leave(organization.member, organization.workspace)
    assert (answer.status_code, answer.content) == (204, b"")
    assert organization.member.api.get(api_root(organization.workspace)).status_code == 404
    assert leave(organization.member, organization.workspace).status_code == 404
    assert Membership.objects.filter(account=organization.account, user=organization.member.user).exists()
    entry = Entry.objects.get(action="workspace-access.deleted")
    assert (entry.actor_id, entry.detail["role"]) == (organization.member.user.id, "Owner")


def test_who_is_in_by_another_way_is_told_so(organization: Organization) -> None:
    for way in ("account", "default role", "team"):
        person = make_colleague(organization.account, "by-" + way.replace(" ", "-"))
        if way == "account":
            Membership.objects.filter(user=person.user).update(role=permissions.ADMIN)
        elif way == "team":
            team = create_team(organization.account, name="Data", actor=BY)
            add_to_team(team, [person.user], actor=BY)
            share(organization.workspace, team, builtin.VIEWER)
        else:
            make_default(organization.workspace, builtin.VIEWER)
        answer = leave(person, organization.workspace)
        assert answer.status_code == 409, way
        assert answer.json()["detail"].startswith("You have no direct role to give up")
        assert person.api.get(api_root(organization.workspace)).status_code == 200
        share(organization.workspace, person.user, builtin.RUNNER)
        assert leave(person, organization.workspace).status_code == 204
        assert person.api.get(api_root(organization.workspace)).status_code == 200


def test_last_workspace_of_a_collaborator_ends_the_membership(owner: Person, stranger: Person) -> None:
    second = create_workspace(owner.account, name="Second", handle="second", actor=BY)
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    for workspace in (owner.workspace, second):
        share(workspace, stranger.user, builtin.RUNNER)
    memberships = Membership.objects.filter(account=owner.account, user=stranger.user)
    assert leave(stranger, owner.workspace).status_code == 204
    assert memberships.count() == 1
    assert leave(stranger, second).status_code == 204
    assert memberships.count() == 0
    assert stranger.api.get(f"/api/me/accounts/{owner.account.id}/permissions").status_code == 404


def test_service_account_stays_where_its_account_puts_it(organization: Organization) -> None:
    bot, _, key = create_service_account(organization.account, name="ci", actor=BY)
    share(organization.workspace, bot, builtin.WORKER)
    assert Api(key).delete(f"/api/me/workspaces/{organization.workspace.id}").status_code == 409
    assert Api(key).get(api_root(organization.workspace)).status_code == 200


# --- what one may do where


def test_my_workspaces_and_scopes_follow_roles(organization: Organization) -> None:
    bot, _, key = create_service_account(organization.account, name="ci", actor=BY)
    default, teams = (
        create_workspace(organization.account, name=name, handle=name, actor=BY) for name in ("default", "teams")
    )
    make_default(default, builtin.RUNNER)
    team = create_team(organization.account, name="Data", actor=BY)
    add_to_team(team, [organization.member.user, ServiceAccount.objects.get(id=bot.id)], actor=BY)
    share(teams, team, builtin.VIEWER)
    share(teams, organization.member.user, builtin.WORKER)
    share(organization.workspace, bot, builtin.DEVELOPER)

    def mine(api: Api) -> list[str]:
        listed = api.get("/api/me/workspaces").json()
        return [one["workspace_handle"] for one in listed if one["account_id"] == str(organization.account.id)]

    def held(api: Api, workspace: Workspace) -> Any:
        return api.get(f"/api/me/workspaces/{workspace.id}/scopes").json()

    member, machine = organization.member.api, Api(key)
    assert (mine(member), mine(machine)) == (["default", "teams"], ["shared", "teams"])
    assert held(member, default) == sorted(builtin.SCOPES["Runner"])
    assert held(member, teams) == sorted(builtin.SCOPES["Viewer"] | builtin.SCOPES["Worker"])
    assert held(machine, teams) == sorted(builtin.SCOPES["Viewer"])
    assert held(machine, organization.workspace) == sorted(builtin.SCOPES["Developer"])
    assert held(organization.owner.api, teams) == sorted(scopes.ALL)
    for scope in ("see_flows", "run_flows"):
        asked = member.get(f"/api/me/workspaces/{default.id}/has_scope", data={"scope": scope})
        assert asked.json() is (scope in builtin.SCOPES["Runner"])
    set_active(Membership.objects.get(user=organization.member.user, account=organization.account), False, actor=BY)
    assert mine(member) == []
    assert member.get(f"/api/me/workspaces/{default.id}/scopes").status_code == 404


def test_service_account_calls_as_a_person_does(organization: Organization) -> None:
    bot, _, key = create_service_account(organization.account, name="ci", actor=BY)
    share(organization.workspace, bot, builtin.WORKER)
    assert key.startswith("pnb_")
    assert Api(key).get("/api/me/workspaces").json() == [
        {
            "account_id": str(organization.account.id),
            "account_name": "Initech",
            "account_handle": "initech",
            "workspace_id": str(organization.workspace.id),
            "workspace_name": "Shared",
            "workspace_description": "",
            "workspace_handle": "shared",
        }
    ]
    answer = Api(key).get(f"/api/workspaces/{organization.workspace.id}")
    assert (answer.status_code, answer["Location"]) == (307, api_root(organization.workspace))
