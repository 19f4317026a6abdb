"""Who belongs to an account, and with what role (docs/contract/cloud-api.md, "Memberships and account roles")."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.services.members import add_member
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import permissions
from rbac.models import Grant
from tests.cast import Api, Organization, Person, make_colleague, share

ACTOR = system("tests")


@pytest.fixture
def robot(organization: Organization) -> ServiceAccount:
    return create_service_account(organization.account, name="Robot", actor=ACTOR)[0]


def test_list_has_people_and_service_accounts(
    organization: Organization, stranger: Person, robot: ServiceAccount
) -> None:
    User.objects.filter(id=organization.owner.user.id).update(last_login=timezone.now())
    organization.owner.user.refresh_from_db()
    found = organization.member.api.post(_path(organization, "filter")).json()
    login = organization.owner.user.last_login
    assert login is not None
    assert found == [
        _person(organization.owner, permissions.OWNER) | {"last_login": login.isoformat().replace("+00:00", "Z")},
        _person(organization.admin, permissions.ADMIN),
        _person(organization.member, permissions.MEMBER),
        {
            "id": str(Membership.objects.get(user=robot.id).id),
            "actor_id": str(robot.id),
            "user_id": None,
            "first_name": "Robot",
            "last_name": "",
            "handle": None,
            "email": None,
            "account_role_name": "Member",
            "account_role_id": str(permissions.IDS["Member"]),
            "last_login": None,
            "active": True,
        },
    ]


def test_person_of_a_personal_account_is_in_its_list(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=ACTOR)
    path = f"/api/accounts/{owner.account.id}/account_memberships"
    found = owner.api.post(f"{path}/filter", {"sort": "ACCOUNT_ROLE_NAME_DESC"}).json()
    assert [(one["id"], one["handle"], one["account_role_name"], one["active"]) for one in found] == [
        (str(owner.account.id), "olga", "Owner", True),
        (str(Membership.objects.get().id), "boris", "Collaborator", True),
    ]
    read = owner.api.get(f"{path}/{owner.account.id}")
    assert (read.status_code, read.json()["user_id"]) == (200, str(owner.user.id))
    assert owner.api.get(f"{path}/by-user/{owner.user.id}").json() == read.json()
    for method, below, body in (
        ("patch", f"/{owner.account.id}", {"account_role_id": str(permissions.IDS["Member"])}),
        ("delete", f"/{owner.account.id}", None),
        ("patch", f"/{owner.account.id}/active", {"active": False}),
        ("post", "/set_active", {"membership_ids": [str(owner.account.id)], "active": False}),
    ):
        assert owner.api.call(method, path + below, body).status_code == 409
    assert owner.api.post(f"{path}/count").json() == 2


def test_filters(organization: Organization, robot: ServiceAccount) -> None:
    Membership.objects.filter(user=organization.member.user).update(active=False)
    owner, admin = organization.owner.user.id, organization.admin.user.id
    roles = {name: str(id) for name, id in permissions.IDS.items()}
    everybody = ["Frida", "Adam", "Mia", "Robot"]
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({}, everybody),
        ({"account_role_id": {"any_": [roles["Owner"], roles["Admin"]]}}, ["Frida", "Adam"]),
        ({"account_role_id": {"any_": [str(uuid4())]}}, []),
        ({"account_role_id": {"any_": None}}, everybody),
        ({"account_role_id": {"any_": []}}, []),
        ({"user_id": {"any_": [str(owner), str(robot.id)]}}, ["Frida"]),
        ({"user_id": {"not_any_": [str(owner)]}}, ["Adam", "Mia", "Robot"]),
        ({"actor_id": {"any_": [str(owner), str(robot.id)]}}, ["Frida", "Robot"]),
        ({"email": {"any_": ["ADAM@example.com"]}}, ["Adam"]),
        ({"email": {"any_": [robot.email]}}, []),
        ({"email": {"like_": "example"}}, ["Frida", "Adam", "Mia"]),
        ({"email": {"like_": "service-account"}}, []),
        ({"handle": {"any_": ["mia"]}}, ["Mia"]),
        ({"handle": {"like_": "AD"}}, ["Adam"]),
        ({"name": {"like_": "frida exa"}}, ["Frida"]),
        ({"name": {"like_": "robot"}}, ["Robot"]),
        ({"name": {"like_": "m_a"}}, ["Mia"]),
        ({"name": {"like_": "mia"}, "user_id": {"any_": [str(owner)]}}, []),
        ({"operator": "or_", "name": {"like_": "mia"}, "user_id": {"any_": [str(owner)]}}, ["Frida", "Mia"]),
        ({"operator": "or_"}, everybody),
        ({"operator": "or_", "name": {"like_": None}, "user_id": {"any_": [str(admin)]}}, ["Adam"]),
    ]
    for asked, names in expected:
        _finds(organization, {"account_memberships": asked}, names)
        _finds(organization, {"filter": asked}, names, count_only=True)
    _finds(organization, {"account_memberships": None}, everybody)
    _finds(organization, {"only_users": True}, ["Frida", "Adam", "Mia"])
    _finds(organization, {"only_bots": True}, ["Robot"])
    _finds(organization, {"only_users": True, "only_bots": True}, [])
    _finds(organization, {"active": False}, ["Mia"])
    _finds(organization, {"active": True}, ["Frida", "Adam", "Robot"])
    _finds(organization, {"active": None}, everybody)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("CREATED_ASC", ["Frida", "Adam", "Mia", "Robot"]),
        ("CREATED_DESC", ["Robot", "Mia", "Adam", "Frida"]),
        ("NAME_ASC", ["Adam", "Frida", "Mia", "Robot"]),
        ("NAME_DESC", ["Robot", "Mia", "Frida", "Adam"]),
        ("HANDLE_ASC", ["Robot", "Adam", "Frida", "Mia"]),
        ("HANDLE_DESC", ["Mia", "Frida", "Adam", "Robot"]),
        ("EMAIL_ASC", ["Robot", "Adam", "Frida", "Mia"]),
        ("EMAIL_DESC", ["Mia", "Frida", "Adam", "Robot"]),
        ("LAST_LOGIN_ASC", ["Adam", "Robot", "Mia", "Frida"]),
        ("LAST_LOGIN_DESC", ["Frida", "Mia", "Adam", "Robot"]),
        ("ACCOUNT_ROLE_NAME_ASC", ["Adam", "Mia", "Robot", "Frida"]),
        ("ACCOUNT_ROLE_NAME_DESC", ["Frida", "Mia", "Robot", "Adam"]),
    ],
)
def test_sorts(organization: Organization, robot: ServiceAccount, sort: str, names: list[str]) -> None:
    now = timezone.now()
    for person, days in ((organization.owner, 0), (organization.member, 1)):
        User.objects.filter(id=person.user.id).update(last_login=now - timedelta(days=days))
    found = organization.owner.api.post(_path(organization, "filter"), {"sort": sort}).json()
    assert [one["first_name"] for one in found] == names
    page = organization.owner.api.post(_path(organization, "filter/"), {"sort": sort, "limit": 2, "offset": 1}).json()
    assert [one["first_name"] for one in page] == names[1:3]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"offset": -1},
        {"sort": "AGE_ASC"},
        {"account_memberships": {"id": {"any_": []}}},
        {"account_memberships": {"operator": "xor_"}},
        {"account_memberships": {"actor_id": {"any_": ["me"]}}},
        {"account_memberships": {"name": {"any_": ["Mia"]}}},
    ],
)
def test_filter_that_does_not_fit_is_422(organization: Organization, body: dict[str, Any]) -> None:
    assert organization.owner.api.post(_path(organization, "filter"), body).status_code == 422


def test_one_membership_with_its_teams(organization: Organization, robot: ServiceAccount, stranger: Person) -> None:
    member = organization.member
    User.objects.filter(id=member.user.id).update(settings={"default_timezone": "Europe/Kyiv"})
    team = create_team(organization.account, name="Data", actor=ACTOR)
    add_to_team(team, [member.user], actor=ACTOR)
    membership = Membership.objects.get(user=member.user)
    person = _person(member, permissions.MEMBER)
    del person["last_login"]
    expected = person | {
        "created": membership.created.isoformat().replace("+00:00", "Z"),
        "updated": membership.updated.isoformat().replace("+00:00", "Z"),
        "account_id": str(organization.account.id),
        "directory_id": None,
        "timezone": "Europe/Kyiv",
        "teams": [{"id": str(team.id), "name": "Data"}],
    }
    api = organization.admin.api
    assert api.get(_path(organization, str(membership.id))).json() == expected
    assert api.get(_path(organization, f"by-user/{member.user.id}")).json() == expected
    robots = api.get(_path(organization, f"by-bot/{robot.id}")).json()
    assert (robots["actor_id"], robots["handle"], robots["teams"]) == (str(robot.id), "", [])
    for below in (
        str(Membership.objects.get(user=robot.id).id),
        f"by-user/{robot.id}",
        f"by-bot/{member.user.id}",
        f"by-user/{stranger.user.id}",
        str(uuid4()),
        str(organization.account.id),
    ):
        answer = api.get(_path(organization, below))
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_role_is_changed_with_an_entry(organization: Organization, robot: ServiceAccount) -> None:
    for who in (organization.member.user, robot):
        membership = Membership.objects.get(user=who.id)
        body = {"account_role_id": str(permissions.IDS["Admin"])}
        path = _path(organization, str(membership.id))
        assert organization.admin.api.patch(path, body).status_code == 204
        assert organization.admin.api.patch(path, body).status_code == 204
        membership.refresh_from_db()
        assert membership.role == permissions.ADMIN
        entry = Entry.objects.get(action="account-membership.updated", object_id=str(membership.id))
        assert (entry.actor_id, entry.account_id) == (organization.admin.user.id, organization.account.id)
        assert entry.detail == {"changes": {"role": {"from": "Member", "to": "Admin"}}}


def test_role_in_a_personal_account(owner: Person, stranger: Person) -> None:
    """A person there is a collaborator; a service account may have any role."""
    collaborator = add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=ACTOR)
    robot, _, _ = create_service_account(owner.account, name="Robot", actor=ACTOR)
    body = {"account_role_id": str(permissions.IDS["Admin"])}
    for membership, status in ((collaborator, 409), (Membership.objects.get(user=robot.id), 204)):
        path = f"/api/accounts/{owner.account.id}/account_memberships/{membership.id}"
        assert owner.api.patch(path, body).status_code == status


def test_admin_makes_no_owners_and_touches_none(organization: Organization) -> None:
    second = make_colleague(organization.account, "otto", permissions.OWNER)
    owner, member = (_id(one) for one in (second, organization.member))
    roles = permissions.IDS
    for method, below, body in (
        ("patch", str(member), {"account_role_id": str(roles["Owner"])}),
        ("patch", str(owner), {"account_role_id": str(roles["Member"])}),
        ("delete", str(owner), None),
        ("patch", f"{owner}/active", {"active": False}),
        ("post", "set_active", {"membership_ids": [str(owner)], "active": False}),
    ):
        answer = organization.admin.api.call(method, _path(organization, below), body)
        assert (answer.status_code, answer.json()) == (
            403,
            {"detail": "This takes the permissions of an Owner."},
        )
    for active in (False, True):
        path = _path(organization, f"{owner}/active")
        assert organization.owner.api.patch(path, {"active": active}).status_code == 204
    to_member = {"account_role_id": str(roles["Member"])}
    assert organization.owner.api.patch(_path(organization, str(owner)), to_member).status_code == 204
    assert organization.admin.api.delete(_path(organization, str(owner))).status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"account_role_id": str(uuid4())}, 422),
        ({"account_role_id": None}, 422),
        ({"account_role_id": "Admin"}, 422),
        ({}, 422),
        ({"account_role_id": str(permissions.IDS["Admin"]), "active": True}, 422),
    ],
)
def test_role_that_is_none_is_422(organization: Organization, body: dict[str, Any], status: int) -> None:
    path = _path(organization, str(_id(organization.member)))
    assert organization.owner.api.patch(path, body).status_code == status
    assert Membership.objects.get(user=organization.member.user).role == permissions.MEMBER


def test_last_owner_stays_one(organization: Organization) -> None:
    owner = _id(organization.owner)
    for method, below, body in (
        ("patch", str(owner), {"account_role_id": str(permissions.IDS["Admin"])}),
        ("delete", str(owner), None),
        ("patch", f"{owner}/active", {"active": False}),
        ("post", "set_active", {"membership_ids": [str(_id(organization.member)), str(owner)], "active": False}),
    ):
        answer = organization.owner.api.call(method, _path(organization, below), body)
        assert (answer.status_code, answer.json()) == (
            409,
            {"detail": "The organization initech would have no owner."},
        )
    assert set(Membership.objects.values_list("role", "active")) == {
        ("Owner", True),
        ("Admin", True),
        ("Member", True),
    }


def test_member_who_is_removed_loses_the_workspaces(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Viewer")
    path = _path(organization, str(_id(organization.member)))
    assert organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").status_code == 200
    assert organization.admin.api.delete(path).status_code == 204
    assert organization.admin.api.delete(path).status_code == 404
    assert organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").status_code == 404
    assert Grant.objects.count() == 0
    entry = Entry.objects.get(action="account-membership.deleted")
    assert (entry.actor_id, entry.detail) == (organization.admin.user.id, {"role": "Member", "workspaces": 1})


def test_service_account_is_suspended_here_and_deleted_elsewhere(organization: Organization) -> None:
    robot, _, value = create_service_account(organization.account, name="Robot", actor=ACTOR)
    path = _path(organization, str(Membership.objects.get(user=robot.id).id))
    assert organization.owner.api.delete(path).status_code == 409
    assert Api(value).get("/api/me/").status_code == 200
    assert organization.owner.api.patch(f"{path}/active", {"active": False}).status_code == 204
    assert Api(value).get("/api/me/").status_code == 401
    assert organization.owner.api.patch(f"{path}/active", {"active": True}).status_code == 204
    assert Api(value).get("/api/me/").status_code == 200


def test_suspended_member_reaches_nothing_until_let_in_again(organization: Organization) -> None:
    path = _path(organization, f"{_id(organization.member)}/active")
    account = f"/api/accounts/{organization.account.id}"
    for active, status in ((False, 404), (False, 404), (True, 200)):
        assert organization.admin.api.patch(path, {"active": active}).status_code == 204
        assert organization.member.api.get(account).status_code == status
    changes = [one.detail["changes"] for one in Entry.objects.filter(action="account-membership.updated")]
    assert changes == [{"active": {"from": False, "to": True}}, {"active": {"from": True, "to": False}}]
    assert organization.admin.api.patch(path, {"active": None}).status_code == 422


def test_many_are_suspended_at_once_or_none(organization: Organization, stranger: Person) -> None:
    path = _path(organization, "set_active")
    foreign = add_member(stranger.account, user=organization.owner.user, role=permissions.COLLABORATOR, actor=ACTOR)
    mine = [str(_id(one)) for one in (organization.admin, organization.member)]
    for wrong in ([*mine, str(uuid4())], [*mine, str(foreign.id)], [], None, [str(uuid4())] * 201):
        body = {"membership_ids": wrong, "active": False}
        assert organization.owner.api.post(path, body).status_code == 422
    assert Membership.objects.filter(active=False).count() == 0
    body = {"membership_ids": [*mine, *mine], "active": False}
    assert organization.owner.api.post(path, body).status_code == 204
    assert [str(one.id) for one in Membership.objects.filter(active=False).order_by("id")] == sorted(mine)
    assert organization.owner.api.post(path, body | {"active": True}).status_code == 204
    assert Membership.objects.filter(active=False).count() == 0


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("post", "filter", None),
        ("post", "count", None),
        ("get", "{id}", None),
        ("get", "by-user/{user}", None),
        ("get", "by-bot/{user}", None),
        ("patch", "{id}", {"account_role_id": str(permissions.IDS["Member"])}),
        ("delete", "{id}", None),
        ("patch", "{id}/active", {"active": False}),
        ("post", "set_active", {"membership_ids": ["{id}"], "active": False}),
    ],
)
def test_strangers_find_nobody(
    organization: Organization, stranger: Person, method: str, below: str, body: Any
) -> None:
    ids = {"id": _id(organization.member), "user": organization.member.user.id}
    answer = stranger.api.call(method, _path(organization, below.format(**ids)), body)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    if "{id}" in below:  # nor below an account of their own
        path = f"/api/accounts/{stranger.account.id}/account_memberships/{below.format(**ids)}"
        assert stranger.api.call(method, path, body).status_code == 404
    assert Membership.objects.filter(user=organization.member.user, active=True).count() == 1


def test_reading_costs_the_same_for_one_and_three(
    organization: Organization, robot: ServiceAccount, django_assert_num_queries: Any
) -> None:
    one = _path(organization, str(_id(organization.member)))
    for number in range(2):
        with django_assert_num_queries(3):
            organization.owner.api.post(_path(organization, "filter"))
        with django_assert_num_queries(3):
            organization.owner.api.post(_path(organization, "count"))
        with django_assert_num_queries(4):
            organization.owner.api.get(one)
        for name in (f"more-{number}", f"most-{number}"):
            make_colleague(organization.account, name)


def test_account_roles_are_built_in(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}/account_roles"
    api = organization.member.api
    roles = api.post(f"{path}/filter").json()
    assert roles == [
        {
            "id": str(permissions.IDS[name]),
            "created": None,
            "updated": None,
            "account_id": None,
            "name": name,
            "permissions": sorted(held),
            "is_system_role": True,
        }
        for name, held in permissions.ROLES.items()
    ]
    assert [api.get(f"{path}/{role['id']}").json() for role in roles] == roles
    expected: list[tuple[Any, list[str]]] = [
        ({"account_roles": {"name": {"any_": ["Admin"]}}}, ["Admin"]),
        ({"account_roles": {"name": {"any_": ["admin"]}}}, []),
        ({"account_roles": {"name": {"any_": []}}}, []),
        ({"account_roles": {"name": {"any_": None}}}, ["Owner", "Admin", "Member", "Collaborator"]),
        ({"limit": 2, "offset": 1}, ["Admin", "Member"]),
    ]
    for body, names in expected:
        assert [role["name"] for role in api.post(f"{path}/filter", body).json()] == names
    assert api.post(f"{path}/filter", {"account_roles": {"id": {}}}).status_code == 422


def test_account_roles_cannot_be_changed(organization: Organization, stranger: Person) -> None:
    path = f"/api/accounts/{organization.account.id}/account_roles"
    admin = f"{path}/{permissions.IDS['Admin']}"
    changed, deleted = organization.owner.api.patch(admin, {"name": "Boss"}), organization.owner.api.delete(admin)
    assert (changed.status_code, changed.json()) == (
        409,
        {"detail": "The account role Admin is built in and cannot be changed."},
    )
    assert (deleted.status_code, deleted.json()) == (
        409,
        {"detail": "The account role Admin is built in and cannot be deleted."},
    )
    for method in ("get", "patch", "delete"):
        assert organization.owner.api.call(method, f"{path}/{uuid4()}", {}).status_code == 404
        assert stranger.api.call(method, admin, {}).status_code == 404
    for method in ("patch", "delete"):
        assert organization.member.api.call(method, admin, {}).status_code == 403


def _finds(organization: Organization, body: dict[str, Any], names: list[str], *, count_only: bool = False) -> None:
    counted = organization.owner.api.post(_path(organization, "count"), body)
    assert (body, counted.status_code, counted.json()) == (body, 200, len(names))
    if not count_only:
        found = organization.owner.api.post(_path(organization, "filter"), body).json()
        assert (body, [one["first_name"] for one in found]) == (body, names)


def _path(organization: Organization, below: str) -> str:
    return f"/api/accounts/{organization.account.id}/account_memberships/{below}"


def _id(person: Person) -> UUID:
    return Membership.objects.get(user=person.user, account__kind="ORGANIZATION").id


def _person(person: Person, role: str) -> dict[str, Any]:
    return {
        "id": str(_id(person)),
        "actor_id": str(person.user.id),
        "user_id": str(person.user.id),
        "first_name": person.user.first_name,
        "last_name": "Example",
        "handle": person.account.handle,
        "email": person.user.email,
        "account_role_name": role,
        "account_role_id": str(permissions.IDS[role]),
        "last_login": None,
        "active": True,
    }
