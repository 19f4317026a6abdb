"""Service accounts in the account API: made with a key, found, renamed, rotated, deleted."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.keys import drop_expired_keys
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.services.members import remove_member, set_active
from orgs.services.service_accounts import create_service_account
from rbac import permissions
from rbac.models import WorkspaceRole
from tests.cast import Api, Organization, Person, api_root, share
from workspaces.access.default_roles import set_default_role

NOT_FOUND = {"detail": "Not Found"}
TESTS = system("tests")


def _bots(organization: Organization, below: str = "") -> str:
    return f"/api/accounts/{organization.account.id}/bots/{below}"


@pytest.fixture
def robot(organization: Organization) -> dict[str, Any]:
    """A service account, as it was answered when the admin made it."""
    answer = organization.admin.api.post(_bots(organization), {"name": "robot"})
    assert answer.status_code == 201
    return dict(answer.json())


def test_made_with_a_key_that_is_shown_once(organization: Organization, robot: dict[str, Any]) -> None:
    key = robot["api_key"]
    assert robot == {
        "id": robot["id"],
        "actor_id": robot["id"],
        "created": robot["created"],
        "updated": robot["updated"],
        "account_id": str(organization.account.id),
        "name": "robot",
        "account_role_name": "Member",
        "api_key": {
            "id": key["id"],
            "created": key["created"],
            "name": "robot",
            "expiration": None,
            "key": key["key"],
        },
    }
    assert (key["key"][:4], len(key["key"])) == ("pnb_", 47)
    read = organization.member.api.get(_bots(organization, robot["id"]))
    masked = {**key, "masked_key": f"pnb_...{key['key'][-4:]}"}
    del masked["key"]
    assert (read.status_code, read.json()) == (200, {**robot, "api_key": masked})
    listed = organization.member.api.post(_bots(organization, "filter")).json()
    assert listed == [read.json()]
    entries = Entry.objects.filter(account_id=organization.account.id, actor_id=organization.admin.user.id)
    assert list(entries.order_by("id").values_list("action", "object_name"))[-3:] == [
        ("service-account.created", "robot"),
        ("account-membership.created", "robot"),
        ("api-key.created", "robot"),
    ]


def test_role_and_expiration_are_those_asked_for(organization: Organization) -> None:
    ends = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    body = {
        "name": "boss",
        "api_key_expiration": ends.isoformat(),
        "account_role_id": str(permissions.IDS[permissions.ADMIN]),
    }
    made = organization.owner.api.post(_bots(organization), body).json()
    assert (made["account_role_name"], made["api_key"]["expiration"]) == ("Admin", f"{ends:%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": ""}, 422),
        ({"name": "  "}, 422),
        ({"name": "x" * 501}, 422),
        ({"name": "new", "color": "red"}, 422),
        ({"name": "new", "api_key_expiration": "2020-01-01T00:00:00Z"}, 422),
        ({"name": "new", "api_key_expiration": "soon"}, 422),
        ({"name": "new", "account_role_id": str(uuid4())}, 422),
        ({"name": "new", "account_role_id": str(permissions.IDS[permissions.COLLABORATOR])}, 422),
        ({"name": "robot"}, 409),
        ({"name": " robot "}, 409),
    ],
)
def test_nothing_is_made_of_a_bad_body(
    organization: Organization, robot: dict[str, Any], body: dict[str, Any], status: int
) -> None:
    entries = Entry.objects.count()
    assert organization.owner.api.post(_bots(organization), body).status_code == status
    assert list(ServiceAccount.objects.values_list("first_name", flat=True)) == ["robot"]
    assert (ApiKey.objects.filter(prefix="pnb_").count(), Entry.objects.count()) == (1, entries)


def test_nobody_makes_or_takes_over_one_with_more_rights_than_their_own(organization: Organization) -> None:
    owners = {"account_role_id": str(permissions.IDS[permissions.OWNER])}
    admin, owner = organization.admin.api, organization.owner.api
    assert admin.post(_bots(organization), {"name": "boss", **owners}).status_code == 403
    made = owner.post(_bots(organization), {"name": "boss", **owners}).json()
    path = _bots(organization, made["id"])
    rotated = owner.post(f"{path}/rotate_api_key", {"old_key_expires_in_seconds": 60}).json()
    assert admin.post(f"{path}/rotate_api_key").status_code == 403
    assert admin.delete(f"{path}/delete_bot_api_key/{made['api_key']['id']}").status_code == 403
    assert admin.patch(path, {"name": "pawn", "account_role_id": str(permissions.IDS["Member"])}).status_code == 403
    assert admin.delete(path).status_code == 403
    read = owner.get(path).json()
    assert (read["name"], read["account_role_name"], read["api_key"]["id"]) == (
        "boss",
        "Owner",
        rotated["api_key"]["id"],
    )
    pawn = admin.post(_bots(organization), {"name": "pawn"}).json()
    assert admin.patch(_bots(organization, pawn["id"]), owners).status_code == 403
    assert owner.patch(_bots(organization, pawn["id"]), owners).status_code == 204


def test_renamed_and_given_another_role_both_or_nothing(organization: Organization, robot: dict[str, Any]) -> None:
    path, api = _bots(organization, robot["id"]), organization.admin.api
    admin_role = str(permissions.IDS[permissions.ADMIN])
    assert api.patch(path, {"name": "android", "account_role_id": admin_role}).status_code == 204
    read = api.get(path).json()
    assert (read["name"], read["account_role_name"]) == ("android", "Admin")
    assert api.patch(path, {"name": None, "account_role_id": None}).status_code == 204
    for role in (str(uuid4()), str(permissions.IDS[permissions.COLLABORATOR])):
        assert api.patch(path, {"name": "half", "account_role_id": role}).status_code == 422
    assert api.get(path).json()["name"] == "android"
    api.post(_bots(organization), {"name": "other"})
    assert api.patch(path, {"name": "other"}).status_code == 409
    changes = Entry.objects.filter(object_name="robot", action="service-account.updated").get().detail["changes"]
    assert changes == {"name": {"from": "robot", "to": "android"}}


def test_deleted_with_its_keys_and_the_second_time_not_found(organization: Organization, robot: dict[str, Any]) -> None:
    path = _bots(organization, robot["id"])
    bot = Api(robot["api_key"]["key"])
    share(organization.workspace, ServiceAccount.objects.get(), "Viewer")
    assert bot.get("/api/me/workspaces").status_code == 200
    assert organization.admin.api.delete(path).status_code == 204
    assert bot.get("/api/me/workspaces").status_code == 401
    assert organization.admin.api.delete(path).status_code == 404
    assert (ServiceAccount.objects.count(), ApiKey.objects.filter(prefix="pnb_").count()) == (0, 0)
    assert organization.workspace.grants.count() == 0


def test_both_keys_work_while_the_old_one_lasts(organization: Organization, robot: dict[str, Any]) -> None:
    path, api = _bots(organization, robot["id"]), organization.admin.api
    old = robot["api_key"]
    answer = api.post(f"{path}/rotate_api_key", {"api_key_expiration": None, "old_key_expires_in_seconds": 3600})
    new = answer.json()["api_key"]
    assert (answer.status_code, new["id"] != old["id"], new["key"] != old["key"]) == (201, True, True)
    keys = api.get(f"{path}/read_bot_api_keys").json()
    assert (keys["active_key"]["id"], [key["id"] for key in keys["rotating_keys"]]) == (new["id"], [old["id"]])
    assert api.get(path).json()["api_key"]["id"] == new["id"]
    _opens(old["key"], 200)
    _opens(new["key"], 200)
    ApiKey.objects.filter(id=old["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    _opens(old["key"], 401)
    _opens(new["key"], 200)
    assert api.get(f"{path}/read_bot_api_keys").json()["rotating_keys"] == []


@pytest.mark.parametrize(
    "body", [None, {}, {"old_key_expires_in_seconds": 0}, {"old_key_expires_in_seconds": None}, "null"], ids=str
)
def test_old_key_ends_at_once_unless_it_is_given_time(
    organization: Organization, robot: dict[str, Any], body: Any
) -> None:
    path = f"{_bots(organization, robot['id'])}/rotate_api_key"
    api = organization.admin.api
    if body in (None, "null"):
        answer = api.client.post(path, body or "", content_type="application/json")
    else:
        answer = api.post(path, body)
    assert answer.status_code == 201
    _opens(robot["api_key"]["key"], 401)
    _opens(answer.json()["api_key"]["key"], 200)


@pytest.mark.parametrize(
    "body",
    [
        {"old_key_expires_in_seconds": 172_801},
        {"old_key_expires_in_seconds": -1},
        {"old_key_expires_in_seconds": "long"},
        {"api_key_expiration": "2020-01-01T00:00:00Z"},
        {"key": "pnb_mine"},
        [],
    ],
    ids=str,
)
def test_a_bad_rotation_leaves_the_key(organization: Organization, robot: dict[str, Any], body: Any) -> None:
    path = f"{_bots(organization, robot['id'])}/rotate_api_key"
    assert organization.admin.api.post(path, body).status_code == 422
    _opens(robot["api_key"]["key"], 200)
    assert organization.admin.api.post(path, {"old_key_expires_in_seconds": 172_800}).status_code == 201


def test_a_key_keeps_no_more_time_than_it_had(organization: Organization, robot: dict[str, Any]) -> None:
    path, soon = _bots(organization, robot["id"]), timezone.now() + timedelta(minutes=5)
    ApiKey.objects.filter(id=robot["api_key"]["id"]).update(expires_at=soon)
    organization.admin.api.post(f"{path}/rotate_api_key", {"old_key_expires_in_seconds": 3600})
    assert ApiKey.objects.get(id=robot["api_key"]["id"]).expires_at == soon


def test_replaced_key_is_ended_early_and_the_active_one_never(
    organization: Organization, robot: dict[str, Any], stranger: Person
) -> None:
    path, api = _bots(organization, robot["id"]), organization.admin.api
    old = robot["api_key"]
    assert api.delete(f"{path}/delete_bot_api_key/{old['id']}").status_code == 409
    new = api.post(f"{path}/rotate_api_key", {"old_key_expires_in_seconds": 3600}).json()["api_key"]
    assert organization.member.api.delete(f"{path}/delete_bot_api_key/{old['id']}").status_code == 403
    for other in (stranger.key.id, organization.admin.key.id, uuid4()):
        assert api.delete(f"{path}/delete_bot_api_key/{other}").status_code == 404
    answer = api.delete(f"{path}/delete_bot_api_key/{old['id']}")
    assert (answer.status_code, answer.json()) == (200, None)
    _opens(old["key"], 401)
    _opens(new["key"], 200)
    assert api.delete(f"{path}/delete_bot_api_key/{old['id']}").status_code == 404


def test_expired_key_is_refused_shown_and_kept(organization: Organization, robot: dict[str, Any]) -> None:
    """It tells when it ended, however long ago; a rotation brings the service account back."""
    path, api = _bots(organization, robot["id"]), organization.admin.api
    ended = timezone.now() - timedelta(days=90)
    ApiKey.objects.filter(id=robot["api_key"]["id"]).update(expires_at=ended)
    drop_expired_keys(before=timezone.now() - timedelta(days=30))
    _opens(robot["api_key"]["key"], 401)
    assert api.get(path).json()["api_key"]["id"] == robot["api_key"]["id"]
    new = api.post(f"{path}/rotate_api_key", {"old_key_expires_in_seconds": 3600}).json()["api_key"]
    _opens(robot["api_key"]["key"], 401)
    _opens(new["key"], 200)
    assert list(ServiceAccount.objects.get().api_keys.values_list("id", flat=True)) == [UUID(new["id"])]


def test_service_account_without_key_or_membership_is_still_there(
    organization: Organization, robot: dict[str, Any]
) -> None:
    """An operator may have revoked the key, an admin ended the membership."""
    path, api = _bots(organization, robot["id"]), organization.admin.api
    ApiKey.objects.filter(user=robot["id"]).delete()
    remove_member(Membership.objects.get(user=robot["id"]), actor=TESTS)
    read = api.get(path).json()
    assert read["account_role_name"] == ""
    assert read["api_key"] == {
        "id": "00000000-0000-0000-0000-000000000000",
        "created": None,
        "name": "robot",
        "expiration": None,
        "masked_key": None,
    }
    member = {"account_role_id": str(permissions.IDS[permissions.MEMBER])}
    assert api.patch(path, member).status_code == 204
    assert api.post(f"{path}/rotate_api_key").json()["account_role_name"] == "Member"


def test_key_opens_the_workspace_with_the_granted_role_only(organization: Organization, robot: dict[str, Any]) -> None:
    """Not with the default role, which is for people."""
    bot, root = Api(robot["api_key"]["key"]), api_root(organization.workspace)
    assert bot.post(f"{root}/flows/filter").status_code == 404
    developer = WorkspaceRole.objects.get(account=None, name="Developer")
    set_default_role(organization.workspace, developer, actor=TESTS)
    assert organization.member.api.post(f"{root}/flows/filter").status_code == 200
    assert bot.post(f"{root}/flows/filter").status_code == 404
    share(organization.workspace, ServiceAccount.objects.get(), "Viewer")
    assert bot.post(f"{root}/flows/filter").status_code == 200
    assert bot.post(f"{root}/flows/", {"name": "mine"}).status_code == 403
    share(organization.workspace, ServiceAccount.objects.get(), "Worker")
    assert bot.post(f"{root}/flows/", {"name": "mine"}).status_code in (200, 201)


def test_suspended_service_account_has_keys_that_open_nothing(
    organization: Organization, robot: dict[str, Any]
) -> None:
    membership = Membership.objects.get(user=robot["id"])
    for active, status in ((False, 401), (True, 200)):
        set_active(membership, active, actor=TESTS)
        _opens(robot["api_key"]["key"], status)


def test_admins_key_works_in_the_account_api(organization: Organization) -> None:
    body = {"name": "terraform", "account_role_id": str(permissions.IDS[permissions.ADMIN])}
    made = organization.owner.api.post(_bots(organization), body).json()
    bot = Api(made["api_key"]["key"])
    pawn = bot.post(_bots(organization), {"name": "pawn"})
    assert pawn.status_code == 201
    assert Entry.objects.filter(action="service-account.created").latest("id").actor_id == UUID(made["id"])
    assert Api(pawn.json()["api_key"]["key"]).post(_bots(organization), {"name": "more"}).status_code == 403


def test_one_of_another_account_is_not_found(organization: Organization, stranger: Person) -> None:
    theirs, _, value = create_service_account(stranger.account, name="theirs", actor=TESTS)
    key = theirs.api_keys.get()
    path = _bots(organization, str(theirs.id))
    api = organization.owner.api
    for method, below, body in (
        ("get", "", None),
        ("patch", "", {"name": "mine"}),
        ("delete", "", None),
        ("post", "/rotate_api_key", {}),
        ("get", "/read_bot_api_keys", None),
        ("delete", f"/delete_bot_api_key/{key.id}", None),
    ):
        answer = api.call(method, path + below, body)
        assert (method, below, answer.status_code, answer.json()) == (method, below, 404, NOT_FOUND)
        mine = f"/api/accounts/{organization.account.id}/bots/{organization.member.user.id}{below}"
        assert api.call(method, mine, body).status_code == 404  # a person is no service account
    asked = {"service_accounts": {"id": {"any_": [str(theirs.id)]}}}
    assert api.post(_bots(organization, "filter"), asked).json() == []
    _opens(value, 200)
    assert Api(value).get(_bots(organization, str(theirs.id))).status_code == 404


def test_found_by_id_and_name(organization: Organization) -> None:
    made = {
        name: str(create_service_account(organization.account, name=name, actor=TESTS)[0].id)
        for name in ("deploy", "Deploy nightly", "reports")
    }

    def names(**asked: Any) -> list[str]:
        return [one["name"] for one in organization.member.api.post(_bots(organization, "filter"), asked).json()]

    everything = sorted(made)
    assert sorted(names()) == everything
    assert sorted(names(service_accounts=None)) == everything
    assert sorted(names(service_accounts={"name": {"any_": None}, "id": None})) == everything
    assert names(service_accounts={"name": {"any_": []}}) == []
    assert names(service_accounts={"name": {"any_": ["reports", "nobody"]}}) == ["reports"]
    assert sorted(names(service_accounts={"name": {"like_": "DEPLOY"}})) == ["Deploy nightly", "deploy"]
    assert names(service_accounts={"name": {"like_": "deploy"}, "id": {"any_": [made["deploy"]]}}) == ["deploy"]
    assert len(names(limit=2)) == 2
    assert names(limit=2) + names(limit=2, offset=2) == names()
    wrong: tuple[dict[str, Any], ...] = ({"limit": 201}, {"offset": -1}, {"service_accounts": {"owner": {}}})
    for bad in wrong:
        assert organization.member.api.post(_bots(organization, "filter"), bad).status_code == 422


def test_no_secret_stands_in_the_record(organization: Organization, robot: dict[str, Any]) -> None:
    path, api = _bots(organization, robot["id"]), organization.admin.api
    values = [robot["api_key"]["key"]]
    for seconds in (3600, 0):
        answer = api.post(f"{path}/rotate_api_key", {"old_key_expires_in_seconds": seconds})
        values.append(answer.json()["api_key"]["key"])
    api.delete(f"{path}/delete_bot_api_key/{robot['api_key']['id']}")
    api.delete(path)
    actions = list(Entry.objects.values_list("action", flat=True))
    assert [actions.count(f"api-key.{what}") for what in ("rotated", "deleted")] == [2, 2]
    record = "".join(str(row) for row in Entry.objects.values_list())
    assert [value[4:-4] in record for value in values] == [False, False, False]


def test_the_list_costs_the_same_for_one_and_three(
    organization: Organization, robot: dict[str, Any], django_assert_num_queries: Any
) -> None:
    api = organization.member.api
    api.post(_bots(organization, "filter"))
    for more in (("second", "third"), ()):
        with django_assert_num_queries(5):
            api.post(_bots(organization, "filter"))
        for name in more:
            create_service_account(organization.account, name=name, actor=TESTS)


def test_what_terraform_sends(organization: Organization) -> None:
    """Absent fields, polls until name and actor are there, a rotation that brings another key id."""
    api, path = organization.owner.api, _bots(organization)
    made = api.post(path, {"name": "tf", "account_role_id": str(permissions.IDS["Member"])})
    assert made.status_code == 201
    polled = api.get(_bots(organization, made.json()["id"])).json()
    assert (polled["name"], UUID(polled["actor_id"]).int != 0) == ("tf", True)
    assert api.patch(_bots(organization, polled["id"]), {"name": "tf-2"}).status_code == 204
    assert api.get(_bots(organization, polled["id"])).json()["name"] == "tf-2"
    rotated = api.post(
        _bots(organization, f"{polled['id']}/rotate_api_key"),
        {"api_key_expiration": "2099-01-01T00:00:00Z", "old_key_expires_in_seconds": 0},
    )
    assert (rotated.status_code, rotated.json()["api_key"]["id"] != polled["api_key"]["id"]) == (201, True)
    listed = api.post(_bots(organization, "filter"), {"service_accounts": {"name": {"any_": ["tf-2"]}}}).json()
    assert [one["id"] for one in listed] == [polled["id"]]
    everything = api.post(_bots(organization, "filter"), {"service_accounts": {"name": {"any_": None}}}).json()
    assert [one["id"] for one in everything] == [polled["id"]]


def _opens(value: str, status: int) -> None:
    assert Api(value).get("/api/me/workspaces").status_code == status
