"""How long keys live: none creates one that outlives it, and a rotation leaves one old key at most."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.keys import create_key, find_key
from auditlog.actors import system
from auditlog.models import Entry
from orgs.services.service_accounts import create_service_account, rotate_key, rotating_keys
from rbac import permissions
from tests.cast import PASSWORD, Api, Organization, Person
from tests.visits import text, visitor

US = system("tests")


def _in(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


def _requests(organization: Organization, expires_at: datetime | None) -> list[tuple[str, dict[str, Any]]]:
    """Every endpoint that creates a key, asked for one that ends then."""
    admin, account = organization.admin.user, organization.account
    bot, _, _ = create_service_account(account, name=f"bot {ApiKey.objects.count()}", actor=US)
    ends = expires_at.isoformat() if expires_at else None
    return [
        (f"/api/users/{admin.id}/api_keys", {"name": "new", "expiration": ends}),
        (f"/api/accounts/{account.id}/bots/", {"name": f"for {bot.id}", "api_key_expiration": ends}),
        (f"/api/accounts/{account.id}/bots/{bot.id}/rotate_api_key", {"api_key_expiration": ends}),
    ]


@pytest.mark.parametrize("days", [None, 11])
def test_no_key_creates_one_that_outlives_it(organization: Organization, days: int | None) -> None:
    user = organization.admin.user
    _, value = create_key(user, name="ends in ten days", expires_at=_in(10), actor=user.as_actor())
    for path, body in _requests(organization, _in(days) if days else None):
        before = sorted(ApiKey.objects.values_list("id", flat=True))
        refused = Api(value).post(path, body)
        assert (path, refused.status_code) == (path, 403)
        assert "cannot create a key that outlives it" in refused.json()["detail"]
        assert sorted(ApiKey.objects.values_list("id", flat=True)) == before
    for path, body in _requests(organization, _in(9)):
        assert (path, Api(value).post(path, body).status_code) == (path, 201)


def test_a_key_without_an_end_creates_any(organization: Organization) -> None:
    for days in (None, 400):
        for path, body in _requests(organization, _in(days) if days else None):
            assert (path, organization.admin.api.post(path, body).status_code) == (path, 201)


def test_a_service_account_does_not_extend_its_own_key(organization: Organization) -> None:
    bot, _, value = create_service_account(
        organization.account, name="self", role=permissions.ADMIN, expires_at=_in(10), actor=US
    )
    path = f"/api/accounts/{organization.account.id}/bots/{bot.id}/rotate_api_key"
    assert Api(value).post(path, {"old_key_expires_in_seconds": 60}).status_code == 403
    assert find_key(value) is not None
    ends = _in(9).isoformat()
    assert Api(value).post(path, {"api_key_expiration": ends, "old_key_expires_in_seconds": 60}).status_code == 201


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(hours=1)])
def test_rotating_twice_ends_the_key_of_the_first_grace_period(organization: Organization, grace: timedelta) -> None:
    bot, _, first = create_service_account(organization.account, name="worker", actor=US)
    _, second = rotate_key(bot, grace=timedelta(hours=48), actor=US)
    assert (find_key(first) is not None, find_key(second) is not None) == (True, True)
    _, third = rotate_key(bot, grace=grace, actor=US)
    assert (find_key(first), find_key(second) is not None, find_key(third) is not None) == (None, bool(grace), True)
    assert len(rotating_keys(bot)) == bool(grace)


def test_the_page_names_the_key_that_rotating_ends(organization: Organization) -> None:
    bot, _, _ = create_service_account(organization.account, name="worker", actor=US)
    client, path = visitor(organization.admin.user), f"/account/{organization.account.id}/service-accounts/{bot.id}"
    assert "stops working as soon as" not in text(client.get(f"{path}/rotate"))
    old = bot.api_keys.get()
    rotate_key(bot, grace=timedelta(hours=48), actor=US)
    page = text(client.get(f"{path}/rotate"))
    assert old.masked in page
    assert "stops working as soon as" in page


# ------------------------------------------------------------ a change of the password
def _change(person: Person, **more: str) -> Any:
    new = "another horse battery"
    client = visitor(person.user)
    return client, client.post("/my/password", {"oldpassword": PASSWORD, "password1": new, "password2": new, **more})


def test_a_password_change_ends_all_keys_if_asked_to(owner: Person, stranger: Person) -> None:
    _, _, value = create_service_account(owner.account, name="worker", actor=US)
    create_key(owner.user, name="expired", expires_at=timezone.now() - timedelta(days=1), actor=US)
    other = visitor(owner.user)
    page = text(other.get("/my/password"))
    assert "1 key of yours and 1 of service accounts in your personal account" in page
    client, answer = _change(owner, end_keys="on")
    assert answer.status_code == 302
    assert "2 API keys revoked" in text(client.get("/my/password"))
    assert (find_key(owner.key_value), find_key(value), find_key(stranger.key_value)) == (None, None, stranger.key)
    assert other.get("/my/profile").status_code == 302
    ended = Entry.objects.filter(action="api-key.deleted", account_id=owner.account.id)
    assert {(entry.object_name, entry.actor_id) for entry in ended} == {
        ("laptop", owner.user.id),
        ("worker", owner.user.id),
    }


def test_a_password_change_leaves_keys_alone_otherwise(owner: Person) -> None:
    wrong = visitor(owner.user).post("/my/password", {"oldpassword": "wrong", "password1": "x", "end_keys": "on"})
    assert (wrong.status_code, find_key(owner.key_value)) == (422, owner.key)
    _, answer = _change(owner)
    assert (answer.status_code, find_key(owner.key_value)) == (302, owner.key)


def test_a_service_account_of_an_organization_keeps_its_key(organization: Organization) -> None:
    _, _, value = create_service_account(organization.account, name="worker", actor=US)
    _change(organization.owner, end_keys="on")
    assert (find_key(organization.owner.key_value), find_key(value) is not None) == (None, True)
