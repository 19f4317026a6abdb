"""Workspace roles in the account API: the built-in ones for all to read, an account's own for its admins to change."""

from typing import Any
from uuid import uuid4

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from orgs.services.roles import create_role
from rbac import builtin, scopes
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, api_root, share
from workspaces.access.sharing import stop_sharing

NOT_FOUND = (404, {"detail": "Not Found"})
BY = system("tests")
VIEWER = str(builtin.IDS[builtin.VIEWER])


@pytest.fixture
def roles(organization: Organization) -> str:
    return f"/api/accounts/{organization.account.id}/workspace_roles"


def make(organization: Organization, name: str = "Mine", **more: Any) -> WorkspaceRole:
    return create_role(organization.account, name=name, **{"scopes": ["see_flows"], "actor": BY, **more})


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()]


def test_role_is_made_read_changed_and_deleted_as_terraform_does(organization: Organization, roles: str) -> None:
    api = organization.admin.api
    body = {"name": "Mine", "description": "Ours", "scopes": ["see_blocks", "see_artifacts"], "inherited_role_id": None}
    answer = api.post(f"{roles}/", body)
    role = WorkspaceRole.objects.get(name="Mine")
    made = {
        "id": str(role.id),
        "created": answer.json()["created"],
        "updated": answer.json()["updated"],
        "account_id": str(organization.account.id),
        "name": "Mine",
        "description": "Ours",
        "permissions": ["see_artifacts", "see_blocks"],
        "scopes": ["see_artifacts", "see_blocks"],
        "inherited_role_id": None,
    }
    assert (answer.status_code, answer.json()) == (201, made)
    address = f"{roles}/{role.id}"
    assert api.get(address).json() == made
    answer = api.patch(
        address, {"name": "New", "description": "", "scopes": ["see_workers"], "inherited_role_id": VIEWER}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    read = api.get(address).json()
    assert read | {"updated": made["updated"]} == made | {
        "name": "New",
        "description": "",
        "permissions": ["see_workers"],
        "scopes": ["see_workers"],
        "inherited_role_id": VIEWER,
    }
    answer = api.delete(address)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (api.get(address), api.delete(address), api.patch(address, {})):
        assert (again.status_code, again.json()) == NOT_FOUND
    told = Entry.objects.filter(action__startswith="workspace-role").order_by("id")
    assert [(entry.action, entry.actor_id) for entry in told] == [
        (f"workspace-role.{what}", organization.admin.user.id) for what in ("created", "updated", "deleted")
    ]


def test_scopes_are_given_back_with_those_that_they_bring_along(organization: Organization, roles: str) -> None:
    answer = organization.owner.api.post(f"{roles}/", {"name": "Blocks", "scopes": ["manage_blocks"]})
    assert answer.json()["scopes"] == ["manage_blocks", "see_blocks", "see_secret_blocks"]
    assert answer.json()["permissions"] == answer.json()["scopes"]


def test_inherited_scopes_stay_those_of_the_built_in_role(organization: Organization, roles: str) -> None:
    """What is read can be written back: an inherited scope does not become an own one by it."""
    api = organization.owner.api
    body = {"name": "Viewer and more", "description": "", "scopes": None, "inherited_role_id": VIEWER}
    made = api.post(f"{roles}/", body).json()
    assert made["scopes"] == []
    back = {field: made[field] for field in ("name", "description", "scopes", "inherited_role_id")}
    assert api.patch(f"{roles}/{made['id']}", back | {"scopes": ["manage_webhooks"]}).status_code == 204
    assert api.get(f"{roles}/{made['id']}").json()["scopes"] == ["manage_webhooks", "see_webhooks"]
    share(organization.workspace, organization.member.user, "Viewer and more")
    held = organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").json()
    assert held == sorted(builtin.SCOPES["Viewer"] | {"manage_webhooks"})


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({}, {}),
        ({"name": None, "description": None}, {}),
        ({"name": "New"}, {"name": "New"}),
        ({"description": ""}, {"description": ""}),
        ({"scopes": ["see_events"]}, {"scopes": ["see_events"], "permissions": ["see_events"]}),
        ({"scopes": None}, {"scopes": [], "permissions": []}),
        ({"inherited_role_id": None}, {"inherited_role_id": None}),
    ],
)
def test_what_is_missing_stays(organization: Organization, roles: str, body: Any, changed: Any) -> None:
    viewer = WorkspaceRole.objects.get(id=VIEWER)
    role = make(organization, description="Ours", inherits=viewer)
    before = organization.owner.api.get(f"{roles}/{role.id}").json()
    assert organization.owner.api.patch(f"{roles}/{role.id}", body).status_code == 204
    after = organization.owner.api.get(f"{roles}/{role.id}").json()
    assert after == before | changed | {"updated": after["updated"]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Mine"}, 409),
        ({"name": "Viewer"}, 409),
        ({"name": ""}, 422),
        ({"name": "x" * 201}, 422),
        ({"description": "x" * 141}, 422),
        ({"scopes": ["write_blocks"]}, 422),
        ({"scopes": []}, 422),
        ({"scopes": None}, 422),
        ({"inherited_role_id": str(uuid4())}, 422),
        ({"permissions": []}, 422),
    ],
)
def test_what_is_no_role_is_refused(organization: Organization, roles: str, body: Any, status: int) -> None:
    make(organization)
    other = make(organization, "Other")
    api = organization.owner.api
    fine = {"name": "New", "scopes": ["see_flows"]}
    assert api.post(f"{roles}/", fine | body).status_code == status
    assert api.patch(f"{roles}/{other.id}", body).status_code == status
    assert names(api.post(f"{roles}/filter", {"workspace_roles": {"is_global": False}})) == ["Mine", "Other"]
    assert api.post(f"{roles}/", fine).status_code == 201


def test_role_can_build_on_a_built_in_one_alone(organization: Organization, stranger: Person, roles: str) -> None:
    mine, theirs = make(organization), create_role(stranger.account, name="Theirs", scopes=["see_flows"], actor=BY)
    for base in (mine, theirs):
        body = {"name": "New", "scopes": ["see_flows"], "inherited_role_id": str(base.id)}
        assert organization.owner.api.post(f"{roles}/", body).status_code == 422
    body |= {"inherited_role_id": VIEWER}
    assert organization.owner.api.post(f"{roles}/", body).status_code == 201


def test_list_has_the_built_in_roles_and_ones_own(organization: Organization, stranger: Person, roles: str) -> None:
    make(organization)
    create_role(stranger.account, name="Theirs", scopes=["see_flows"], actor=BY)
    built_in = sorted(builtin.SCOPES)
    for person in (organization.owner, organization.member):
        api = person.api
        assert names(api.client.generic("POST", f"{roles}/filter")) == [*built_in, "Mine"]
        for wanted, expected in (
            ({"name": {"any_": ["Viewer"]}}, ["Viewer"]),
            ({"name": {"any_": ["Mine", "Theirs"]}}, ["Mine"]),
            ({"name": {"any_": None}}, [*built_in, "Mine"]),
            ({"name": {"any_": []}}, []),
            ({"is_global": True}, built_in),
            ({"is_global": False}, ["Mine"]),
            ({"is_global": None}, [*built_in, "Mine"]),
        ):
            assert (wanted, names(api.post(f"{roles}/filter", {"workspace_roles": wanted}))) == (wanted, expected)
        assert names(api.post(f"{roles}/filter", {"limit": 1, "offset": 5})) == ["Mine"]
        assert api.post(f"{roles}/filter", {"limit": 201}).status_code == 422
    viewer = organization.member.api.get(f"{roles}/{VIEWER}").json()
    assert (viewer["account_id"], viewer["scopes"]) == (None, sorted(builtin.SCOPES["Viewer"]))
    assert organization.owner.api.get(f"{roles}/{builtin.IDS['Owner']}").json()["scopes"] == sorted(scopes.ALL)


def test_built_in_roles_stay_as_they_are(organization: Organization, roles: str) -> None:
    api = organization.owner.api
    for answer in (api.patch(f"{roles}/{VIEWER}", {"scopes": ["see_flows"]}), api.delete(f"{roles}/{VIEWER}")):
        assert (answer.status_code, answer.json()) == (409, {"detail": "A built-in role cannot be changed."})
    assert api.get(f"{roles}/{VIEWER}").json()["scopes"] == sorted(builtin.SCOPES["Viewer"])


def test_role_that_somebody_holds_is_not_deleted(organization: Organization, roles: str) -> None:
    role = make(organization)
    share(organization.workspace, organization.member.user, "Mine")
    answer = organization.owner.api.delete(f"{roles}/{role.id}")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("The role Mine is in use")
    assert organization.member.api.get(api_root(organization.workspace)).status_code == 200
    stop_sharing(organization.workspace, organization.member.user, actor=BY)
    assert organization.owner.api.delete(f"{roles}/{role.id}").status_code == 204


def test_change_reaches_those_who_hold_the_role_at_once(organization: Organization, roles: str) -> None:
    role = make(organization, scopes=["see_flows", "run_flows"])
    share(organization.workspace, organization.member.user, "Mine")
    flows = f"{api_root(organization.workspace)}/flows/"
    assert organization.member.api.post(flows, {"name": "first"}).status_code == 201
    assert organization.owner.api.patch(f"{roles}/{role.id}", {"scopes": ["see_flows"]}).status_code == 204
    assert organization.member.api.post(flows, {"name": "second"}).status_code == 403
    assert organization.member.api.post(f"{flows}filter").status_code == 200


def test_members_read_and_admins_change(organization: Organization, stranger: Person, roles: str) -> None:
    role = make(organization)
    for method, path, body in (
        ("post", "/", {"name": "New", "scopes": ["see_flows"]}),
        ("patch", f"/{role.id}", {"name": "New"}),
        ("delete", f"/{role.id}", None),
        ("post", "/filter", {}),
        ("get", f"/{role.id}", None),
    ):
        answer = stranger.api.call(method, f"{roles}{path}", body)
        assert (answer.status_code, answer.json()) == NOT_FOUND
        # In an account of one's own, the role of another does not exist.
        if str(role.id) in path:
            own = f"/api/accounts/{stranger.account.id}/workspace_roles{path}"
            answer = stranger.api.call(method, own, body)
            assert (answer.status_code, answer.json()) == NOT_FOUND
        reads = method == "get" or "filter" in path
        assert organization.member.api.call(method, f"{roles}{path}", body).status_code == (200 if reads else 403)
    assert list(WorkspaceRole.objects.exclude(account=None).values_list("name", flat=True)) == ["Mine"]


def test_list_costs_the_same_for_one_and_three(
    organization: Organization, roles: str, django_assert_num_queries: Any
) -> None:
    viewer = WorkspaceRole.objects.get(id=VIEWER)
    make(organization, inherits=viewer)
    organization.owner.api.post(f"{roles}/filter")
    counts = []
    for number in (1, 2):
        with django_assert_num_queries(3):
            counts.append(len(organization.owner.api.post(f"{roles}/filter").json()))
        for name in (f"More {number}", f"Most {number}"):
            make(organization, name, inherits=viewer)
    assert counts == [6, 8]
