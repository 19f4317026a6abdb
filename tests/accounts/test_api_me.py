"""The account API of the caller: /api/me and /api/users (docs/contract/cloud-api.md, "The caller")."""

import io
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone
from PIL import Image

from accounts.models import Account, AccountImage, ApiKey, User
from accounts.services.keys import create_key
from auditlog.models import Entry
from tests.cast import Api, Organization, Person
from workspaces.models import Workspace

SETTINGS: dict[str, Any] = {
    "default_timezone": None,
    "default_color_palette": None,
    "tutorial_completed": False,
    "feature_previews": [],
}


@pytest.mark.parametrize("path", ["/api/me/", "/api/me"])
def test_me_is_the_keys_user(owner: Person, stranger: Person, path: str) -> None:
    assert owner.api.get(path).json() == {
        "id": str(owner.user.id),
        "handle": "olga",
        "first_name": "Olga",
        "last_name": "Example",
        "email": "olga@example.com",
        "location": None,
        "personal_account_id": str(owner.account.id),
        "settings": SETTINGS,
    }


def test_user_reads_itself(owner: Person) -> None:
    answer = owner.api.get(f"/api/users/{owner.user.id}")
    assert answer.status_code == 200
    assert answer.json() == owner.api.get("/api/me/").json() | {
        "created": _time(owner.user.created),
        "updated": _time(owner.user.updated),
        "actor_id": str(owner.user.id),
        "idp_user_id": str(owner.user.id),
        "title": None,
        "image_location": None,
        "last_login": None,
    }


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("get", "/api_keys"),
        ("post", "/api_keys"),
        ("get", "/api_keys/{key}"),
        ("delete", "/api_keys/{key}"),
    ],
)
def test_nobody_touches_another_user(owner: Person, stranger: Person, method: str, below: str) -> None:
    path = f"/api/users/{owner.user.id}{below.format(key=owner.key.id)}"
    missing = f"/api/users/{uuid4()}{below.format(key=uuid4())}"
    body = {} if method in {"get", "delete"} else {"body": {"name": "mine"}}
    for address in (path, missing):
        answer = getattr(stranger.api, method)(address, **body)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert owner.api.get("/api/me/api_keys").json() == [_key(owner.key)]


def test_patch_changes_what_is_given_and_leaves_an_entry(owner: Person) -> None:
    answer = owner.api.patch(
        f"/api/users/{owner.user.id}",
        {"handle": "olga-2", "first_name": "Olga-Maria", "title": "Dr.", "location": "Kyiv", "last_name": None},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    user = owner.api.get(f"/api/users/{owner.user.id}").json()
    assert [user[field] for field in ("handle", "first_name", "last_name", "title", "location")] == [
        "olga-2",
        "Olga-Maria",
        "Example",
        "Dr.",
        "Kyiv",
    ]
    assert Account.objects.get(user=owner.user).name == "Olga-Maria Example"
    entry = Entry.objects.get(action="user.updated")
    assert (entry.actor_id, entry.detail["changes"]["handle"]) == (owner.user.id, {"from": "olga", "to": "olga-2"})


def test_patch_with_what_was_read_is_accepted(owner: Person) -> None:
    path = f"/api/users/{owner.user.id}"
    fields = ("handle", "first_name", "last_name", "email", "title", "location", "image_location", "settings")
    user = owner.api.get(path).json()
    assert owner.api.patch(path, {field: user[field] for field in fields}).status_code == 204


def test_patch_of_settings_is_read_back(owner: Person) -> None:
    settings = {"default_timezone": "Europe/Kyiv", "tutorial_completed": True}
    assert owner.api.patch(f"/api/users/{owner.user.id}", {"settings": settings}).status_code == 204
    assert owner.api.get("/api/me/").json()["settings"] == SETTINGS | settings


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"handle": "boris"}, 409),
        ({"handle": "admin"}, 409),
        ({"handle": "Not A Handle"}, 422),
        ({"handle": "x" * 64}, 422),
        ({"first_name": "x" * 501}, 422),
        ({"first_name": 7}, 422),
        ({"email": "other@example.com"}, 422),
        ({"image_location": "https://example.com/a.png"}, 422),
        ({"unknown": 1}, 422),
        ([], 422),
        ("{", 422),
        ("\udcff".encode(errors="surrogateescape"), 422),
    ],
)
def test_patch_refuses_what_does_not_fit(owner: Person, stranger: Person, body: Any, status: int) -> None:
    path = f"/api/users/{owner.user.id}"
    before = owner.api.get(path).json()
    answer = owner.api.call("patch", path, body)
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert owner.api.get(path).json() == before


def test_nul_characters_are_dropped(owner: Person) -> None:
    assert owner.api.patch(f"/api/users/{owner.user.id}", {"first_name": "O\x00lga"}).status_code == 204
    assert owner.api.get("/api/me/api_keys", data={"name": "lap\x00top"}).json() == [_key(owner.key)]
    assert owner.api.get("/api/me/").json()["first_name"] == "Olga"


def test_two_names_of_full_length_fit(owner: Person) -> None:
    body = {"first_name": "a" * 40, "last_name": "b" * 39}
    assert owner.api.patch(f"/api/users/{owner.user.id}", body).status_code == 204


def test_key_is_created_with_its_value_and_works(owner: Person) -> None:
    path = f"/api/users/{owner.user.id}/api_keys"
    expiry = timezone.now() + timedelta(days=1)
    answer = owner.api.post(path, {"name": "ci", "expiration": expiry.isoformat()})
    assert answer.status_code == 201
    key = ApiKey.objects.get(name="ci")
    value = answer.json()["key"]
    assert answer.json() == {
        "id": str(key.id),
        "created": _time(key.created),
        "name": "ci",
        "expiration": _time(expiry),
        "key": value,
    }
    assert Api(value).get("/api/me/").json()["id"] == str(owner.user.id)
    assert value not in str(list(Entry.objects.values()))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": "x" * 501},
        {"name": "x", "expiration": "tomorrow"},
        {"name": "x", "expiration": "2020-01-01T00:00:00Z"},
        {"name": "x", "key": "pnu_mine"},
        "nonsense",
    ],
)
def test_key_with_a_body_that_does_not_fit_is_422(owner: Person, body: Any) -> None:
    assert owner.api.call("post", f"/api/users/{owner.user.id}/api_keys", body).status_code == 422
    assert ApiKey.objects.count() == 1


def test_validation_error_has_the_contracts_parts(owner: Person) -> None:
    answer = owner.api.post(f"/api/users/{owner.user.id}/api_keys", {})
    assert answer.json() == {"detail": [{"loc": ["body", "name"], "msg": "Field required", "type": "missing"}]}


def test_keys_are_read_without_values(owner: Person) -> None:
    path = f"/api/users/{owner.user.id}/api_keys"
    assert owner.api.get(path).json() == [_key(owner.key)]
    assert owner.api.get(f"{path}/{owner.key.id}").json() == _key(owner.key)
    assert owner.api.get(path, data={"name": "other"}).json() == []
    assert owner.api.get(path, data={"name": "laptop"}).json() == [_key(owner.key)]
    assert _key(owner.key)["masked_key"] == f"pnu_...{owner.key_value[-4:]}"


def test_key_revoked_by_itself_is_dead_at_once(owner: Person) -> None:
    path = f"/api/users/{owner.user.id}/api_keys/{owner.key.id}"
    assert owner.api.delete(path).status_code == 204
    assert owner.api.delete(path).status_code == 401


def test_missing_key_is_404(owner: Person, stranger: Person) -> None:
    for key_id in (uuid4(), stranger.key.id):
        path = f"/api/users/{owner.user.id}/api_keys/{key_id}"
        assert (owner.api.get(path).status_code, owner.api.delete(path).status_code) == (404, 404)
    assert stranger.api.get("/api/me/").status_code == 200


def test_my_keys_are_filtered(owner: Person, stranger: Person) -> None:
    actor = owner.user.as_actor()
    other, _ = create_key(owner.user, name="desktop", expires_at=None, actor=actor)
    both = [_key(owner.key), _key(other)]
    expected: list[tuple[Any, list[dict[str, Any]]]] = [
        ({}, both),
        ({"api_keys": {"name": {"any_": None}}}, both),
        ({"api_keys": {"name": {"any_": ["desktop"]}}}, both[1:]),
        ({"api_keys": {"name": {"any_": []}}}, []),
        ({"api_keys": {"name": {"like_": "TOP"}}}, both),
        ({"limit": 1}, both[:1]),
        ({"limit": 1, "offset": 1}, both[1:]),
        ({"limit": 0}, []),
    ]
    for body, found in expected:
        answer = owner.api.post("/api/me/api_keys/filter", body)
        assert (answer.status_code, answer.json()) == (200, found)
    assert owner.api.client.generic("POST", "/api/me/api_keys/filter").json() == both
    assert owner.api.get("/api/me/api_keys", data={"name": "desktop"}).json() == both[1:]


@pytest.mark.parametrize("body", [{"limit": 201}, {"limit": -1}, {"offset": -1}, {"api_keys": {"id": {}}}])
def test_filter_that_does_not_fit_is_422(owner: Person, body: dict[str, Any]) -> None:
    assert owner.api.post("/api/me/api_keys/filter", body).status_code == 422


def test_image_is_set_shown_and_removed(owner: Person, settings: Any) -> None:
    assert _send_image(owner.api, _png()).status_code == 204
    assert AccountImage.objects.get().account == owner.account
    location = owner.api.get(f"/api/users/{owner.user.id}").json()["image_location"]
    assert location == f"{settings.PUBLIC_URL}/account/{owner.account.id}/image"
    assert owner.api.delete("/api/me/profile-image").status_code == 204
    assert AccountImage.objects.count() == 0
    assert owner.api.delete("/api/me/profile-image").status_code == 204
    assert _send_image(owner.api, _png()).status_code == 204
    assert owner.api.post("/api/me/profile-image/reset").status_code == 204
    assert AccountImage.objects.count() == 0


def test_what_is_no_image_is_refused(owner: Person) -> None:
    assert _send_image(owner.api, b"<svg onload='alert(1)'/>").status_code == 422
    assert _send_image(owner.api, b"x" * 2_200_000).status_code == 413
    assert owner.api.client.put("/api/me/profile-image").status_code == 422
    assert owner.api.put("/api/me/profile-image", {"file": "x"}).status_code == 415
    assert _send_image(owner.api, _png(), name="picture").status_code == 422
    assert (
        owner.api.call("put", "/api/me/profile-image", b"--x\r\n", content_type="multipart/form-data").status_code
        == 400
    )
    assert AccountImage.objects.count() == 0


def test_user_deletes_itself_with_everything_and_nobody_else(owner: Person, stranger: Person) -> None:
    assert owner.api.delete(f"/api/users/{owner.user.id}").status_code == 204
    assert owner.api.get("/api/me/").status_code == 401
    assert list(User.objects.all()) == [stranger.user]
    assert list(Account.objects.all()) == [stranger.account]
    assert list(Workspace.objects.all()) == [stranger.workspace]
    actions = Entry.objects.filter(actor_id=owner.user.id).order_by("id").values_list("action", flat=True)
    assert list(actions)[-2:] == ["workspace.deleted", "user.deleted"]


def test_last_owner_of_an_organization_stays(organization: Organization) -> None:
    owner, admin = organization.owner, organization.admin
    answer = owner.api.delete(f"/api/users/{owner.user.id}")
    assert (answer.status_code, answer.json()) == (409, {"detail": "The organization initech would have no owner."})
    assert admin.api.delete(f"/api/users/{admin.user.id}").status_code == 204


def test_lists_of_keys_cost_the_same_for_one_and_three(owner: Person, django_assert_num_queries: Any) -> None:
    owner.api.get("/api/me/api_keys")
    for _ in range(2):
        with django_assert_num_queries(2):
            owner.api.get("/api/me/api_keys")
        with django_assert_num_queries(2):
            owner.api.post("/api/me/api_keys/filter", {})
        for name in ("second", "third"):
            create_key(owner.user, name=name, expires_at=None, actor=owner.user.as_actor())


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "created": _time(key.created),
        "name": key.name,
        "expiration": None,
        "masked_key": key.masked,
    }


def _time(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def _send_image(api: Api, content: bytes, name: str = "file") -> Any:
    body = encode_multipart(BOUNDARY, {name: SimpleUploadedFile("me.png", content)})
    return api.call("put", "/api/me/profile-image", body, content_type=MULTIPART_CONTENT)
