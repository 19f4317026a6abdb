"""The accounts and workspaces of the caller (docs/contract/cloud-api.md, "The caller")."""

from typing import Any
from uuid import uuid4

import pytest

from orgs import plans
from orgs.models import Membership
from orgs.services.members import add_member
from orgs.services.organizations import create_organization
from rbac import permissions, scopes
from tests.cast import Organization, Person
from workspaces.directory.services import create_workspace


def test_my_accounts_are_mine_alone(organization: Organization, stranger: Person) -> None:
    membership = Membership.objects.get(user=organization.member.user)
    own = {
        "account_membership_id": str(organization.member.account.id),
        "account_id": str(organization.member.account.id),
        "account_name": "Mia Example",
        "account_role_name": "Owner",
        "account_handle": "mia",
    }
    shared = {
        "account_membership_id": str(membership.id),
        "account_id": str(organization.account.id),
        "account_name": "Initech",
        "account_role_name": "Member",
        "account_handle": "initech",
    }
    features = plans.terms_of(organization.account).features
    plan: dict[str, Any] = {"account_plan_tier": None, "account_plan_features": features}
    assert organization.member.api.get("/api/me/accounts").json() == [
        own | plan | {"account_plan_type": "PERSONAL"},
        shared | plan | {"account_plan_type": "ORGANIZATION"},
    ]
    assert organization.member.api.get("/api/me/organizations").json() == [shared]
    assert stranger.api.get("/api/me/organizations").json() == []


def test_permissions_follow_the_role(organization: Organization, stranger: Person) -> None:
    path = f"/api/me/accounts/{organization.account.id}"
    for person, role in (
        (organization.owner, permissions.OWNER),
        (organization.admin, permissions.ADMIN),
        (organization.member, permissions.MEMBER),
    ):
        assert person.api.get(f"{path}/permissions").json() == sorted(permissions.ROLES[role])
        for permission in ("read:account", "create:workspace", "delete:account"):
            held = person.api.get(f"{path}/has_permission", data={"permission": permission})
            assert held.json() is (permission in permissions.ROLES[role])
    mine = organization.member.api.get("/api/me/accounts/has_permission", data={"permission": "create:bot"})
    assert mine.json() == [str(organization.member.account.id)]


@pytest.mark.parametrize("below", ["/permissions", "/has_permission?permission=read:account"])
def test_strangers_account_and_a_missing_one_are_404(organization: Organization, stranger: Person, below: str) -> None:
    for account_id in (organization.account.id, uuid4()):
        answer = stranger.api.get(f"/api/me/accounts/{account_id}{below}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_unknown_permission_is_422(organization: Organization) -> None:
    path = f"/api/me/accounts/{organization.account.id}/has_permission"
    assert organization.owner.api.get(path).status_code == 422
    answer = organization.owner.api.get(path, data={"permission": "read:minds"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "permission"]


def test_member_leaves_and_is_out(organization: Organization, stranger: Person) -> None:
    path = f"/api/me/accounts/{organization.account.id}"
    assert stranger.api.delete(path).status_code == 404
    assert organization.admin.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").status_code == 200
    assert organization.admin.api.delete(path).status_code == 204
    assert organization.admin.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").status_code == 404
    assert organization.admin.api.delete(path).status_code == 404


def test_last_owner_and_the_person_of_an_account_cannot_leave(organization: Organization) -> None:
    path = f"/api/me/accounts/{organization.account.id}"
    assert organization.owner.api.delete(path).status_code == 409
    assert organization.owner.api.delete(f"/api/me/accounts/{organization.owner.account.id}").status_code == 409
    actor = organization.owner.user.as_actor()
    Membership.objects.filter(user=organization.admin.user).delete()
    add_member(organization.account, user=organization.admin.user, role=permissions.OWNER, actor=actor)
    assert organization.owner.api.delete(path).status_code == 204


def test_my_workspaces_are_those_i_may_enter(organization: Organization, stranger: Person) -> None:
    shared = {
        "account_id": str(organization.account.id),
        "account_name": "Initech",
        "account_handle": "initech",
        "workspace_id": str(organization.workspace.id),
        "workspace_name": "Shared",
        "workspace_description": "",
        "workspace_handle": "shared",
    }
    for person, handles in (
        (organization.owner, ["frida/home", "initech/shared"]),
        (organization.admin, ["adam/home", "initech/shared"]),
        (organization.member, ["mia/home"]),
        (stranger, ["boris/home"]),
    ):
        mine = person.api.get("/api/me/workspaces").json()
        assert [f"{one['account_handle']}/{one['workspace_handle']}" for one in mine] == handles
    assert organization.owner.api.get("/api/me/workspaces").json()[1] == shared


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/me/workspaces/{}/scopes"),
        ("get", "/api/me/workspaces/{}/has_scope?scope=see_flows"),
        ("delete", "/api/me/workspaces/{}"),
        ("get", "/api/workspaces/{}"),
    ],
)
def test_workspace_of_others_and_a_missing_one_are_404(
    organization: Organization, stranger: Person, method: str, path: str
) -> None:
    for caller in (stranger, organization.member):
        for workspace_id in (organization.workspace.id, uuid4()):
            answer = caller.api.call(method, path.format(workspace_id))
            assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert organization.admin.api.call(method, path.format(organization.workspace.id)).status_code != 404


def test_scopes_in_ones_workspace(owner: Person) -> None:
    path = f"/api/me/workspaces/{owner.workspace.id}"
    assert owner.api.get(f"{path}/scopes").json() == sorted(scopes.ALL)
    assert owner.api.get(f"{path}/has_scope", data={"scope": "manage_flows"}).json() is True
    assert owner.api.get(f"{path}/has_scope", data={"scope": "fly"}).status_code == 422


def test_workspace_of_ones_own_account_cannot_be_left(owner: Person) -> None:
    assert owner.api.delete(f"/api/me/workspaces/{owner.workspace.id}").status_code == 409
    assert owner.api.get(f"/api/me/workspaces/{owner.workspace.id}/scopes").status_code == 200


def test_short_address_leads_to_the_accounts(owner: Person) -> None:
    answer = owner.api.get(f"/api/workspaces/{owner.workspace.id}")
    assert (answer.status_code, answer["Location"]) == (307, owner.workspace_api)
    workspace = owner.api.get(answer["Location"]).json()
    assert workspace == {
        "id": str(owner.workspace.id),
        "created": workspace["created"],
        "updated": workspace["updated"],
        "account_id": str(owner.account.id),
        "name": "Home of olga",
        "handle": "home",
        "description": "",
        "default_workspace_role_id": None,
        "is_public": False,
    }


def test_workspace_below_another_account_is_404(owner: Person, stranger: Person) -> None:
    for account_id, workspace_id in (
        (stranger.account.id, owner.workspace.id),
        (owner.account.id, stranger.workspace.id),
        (stranger.account.id, stranger.workspace.id),
    ):
        answer = owner.api.get(f"/api/accounts/{account_id}/workspaces/{workspace_id}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_vocabularies(owner: Person) -> None:
    assert owner.api.get("/api/accounts/permissions").json() == sorted(permissions.ALL)
    described = {scope["name"]: scope for scope in owner.api.get("/api/workspace_scopes").json()}
    assert sorted(described) == sorted(scopes.ALL)
    assert described["manage_blocks"] == {
        "name": "manage_blocks",
        "title": "Create, edit and delete blocks",
        "feature_group": "Blocks",
        "includes_scopes": ["see_blocks", "see_secret_blocks"],
        "see_scope": "see_blocks",
    }
    for scope in described.values():
        assert set(scope["includes_scopes"]) <= scopes.ALL - {scope["name"]}


@pytest.mark.parametrize("path", ["/api/me/workspaces", "/api/me/accounts", "/api/me/organizations"])
def test_lists_cost_the_same_for_one_and_three(
    organization: Organization, path: str, django_assert_num_queries: Any
) -> None:
    caller = organization.owner
    counts = []
    caller.api.get(path)
    for number in (1, 2):
        with django_assert_num_queries(4 if path == "/api/me/accounts" else 2):  # two for the plans
            counts.append(len(caller.api.get(path).json()))
        for name in (f"more-{number}", f"most-{number}"):
            account = create_organization(name=name, handle=name, founder=caller.user, actor=caller.user.as_actor())
            create_workspace(account, name=name, handle=name, actor=caller.user.as_actor())
    assert counts[1] == counts[0] + 2
