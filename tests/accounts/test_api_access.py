"""Who may call: a key in force opens the door, everything else gets the same 401."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services.keys import create_key, revoke_key
from tests.cast import Api, Person

REFUSED = {"detail": "Invalid authentication credentials", "exception_message": "Unauthorized"}


def test_key_opens_the_door(owner: Person) -> None:
    answer = owner.api.get("/api/me/")
    assert answer.status_code == 200
    assert answer.json()["email"] == "olga@example.com"


def test_key_works_as_password_of_basic_authentication(owner: Person) -> None:
    word = base64.b64encode(f"anybody:{owner.key_value}".encode()).decode()
    answer = Client(headers={"Authorization": f"Basic {word}"}).get("/api/me/")
    assert answer.json()["id"] == str(owner.user.id)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer pnu_" + "x" * 43,
        "Bearer pnu_" + "x" * 5000,
        "Bearer pnu_\u00e9",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Digest pnu_x",
    ],
)
def test_anything_but_a_key_is_refused(owner: Person, header: str | None) -> None:
    headers: dict[str, Any] = {} if header is None else {"Authorization": header}
    answer = Client(headers=headers).get("/api/me/")
    assert (answer.status_code, answer.json()) == (401, REFUSED)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_browser_session_is_no_key(owner: Person) -> None:
    client = Client()
    client.force_login(owner.user)
    assert client.get("/api/me/").status_code == 401


def test_revoked_key_is_refused_at_the_next_request(owner: Person) -> None:
    api = owner.api
    assert api.get("/api/me/").status_code == 200
    assert revoke_key(owner.user, owner.key.id, actor=owner.user.as_actor()) is True
    assert (api.get("/api/me/").status_code, api.get("/api/me/").json()) == (401, REFUSED)


def test_key_is_refused_from_its_expiry_on(owner: Person) -> None:
    now = timezone.now()
    actor = owner.user.as_actor()
    _, valid = create_key(owner.user, name="valid", expires_at=now + timedelta(minutes=1), actor=actor)
    _, expired = create_key(owner.user, name="expired", expires_at=now - timedelta(seconds=1), actor=actor)
    assert Api(valid).get("/api/me/").status_code == 200
    assert (Api(expired).get("/api/me/").status_code, Api(expired).get("/api/me/").json()) == (401, REFUSED)


def test_suspended_user_is_refused_at_the_next_request(owner: Person) -> None:
    assert owner.api.get("/api/me/").status_code == 200
    owner.user.is_active = False
    owner.user.save(update_fields=["is_active"])
    assert owner.api.get("/api/me/").status_code == 401


@pytest.mark.parametrize("method", ["options", "head", "trace"])
def test_methods_that_the_contract_has_not_are_405(owner: Person, method: str) -> None:
    answer = getattr(owner.api.client, method)("/api/me/")
    assert answer.status_code == 405


def test_wrong_method_is_405_with_a_detail(owner: Person) -> None:
    answer = owner.api.post("/api/me/")
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})


def test_unknown_address_is_404_as_json(owner: Person) -> None:
    answer = owner.api.get("/api/nothing/here")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_body_over_five_megabytes_is_413(owner: Person) -> None:
    answer = owner.api.post(f"/api/users/{owner.user.id}/api_keys", {"name": "x" * 6_000_000})
    assert answer.status_code == 413
    assert list(answer.json()) == ["detail"]


def test_answers_do_not_depend_on_what_the_client_accepts(owner: Person) -> None:
    for accept in ("text/html", "application/xml", "nonsense"):
        answer = owner.api.client.get("/api/me/", headers={"Accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
