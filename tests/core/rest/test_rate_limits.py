"""Limits of keys, and of addresses that call without a valid one."""

import pytest
from django.test import Client

from accounts.services.keys import create_key
from tests.cast import Api, Person
from tests.limits import Minute, minute

__all__ = ["minute"]

WRONG = "pnu_" + "x" * 43


def statuses(api: Api, path: str, times: int, **more: str) -> list[int]:
    return [api.get(path, **more).status_code for _ in range(times)]


def test_a_key_over_its_limit_is_told_how_long_to_wait(owner: Person, minute: Minute) -> None:
    minute.limit(key_requests=3)
    minute.set(left=17.5)
    assert statuses(owner.api, "/api/me/", 3) == [200] * 3
    refused = owner.api.get("/api/me/")
    assert refused.status_code == 429
    assert refused["Retry-After"] == "18"
    assert refused.json() == {"detail": "Too many requests with this key. Try again in 18 seconds."}
    minute.pass_on(18)
    assert statuses(owner.api, "/api/me/", 1) == [200]


def test_a_key_over_its_limit_holds_up_no_other_key(owner: Person, stranger: Person, minute: Minute) -> None:
    minute.limit(key_requests=2)
    _, value = create_key(owner.user, name="other", expires_at=None, actor=owner.user.as_actor())
    path = f"{owner.workspace_api}/flow_runs/count"
    assert [owner.api.post(path).status_code for _ in range(3)] == [200, 200, 429]
    assert Api(value).post(path).status_code == 200
    assert stranger.api.post(f"{stranger.workspace_api}/flow_runs/count").status_code == 200


@pytest.mark.parametrize("path", ["/api/me/", "workspace"])
def test_wrong_keys_are_counted_by_address_and_valid_keys_are_not(owner: Person, minute: Minute, path: str) -> None:
    minute.limit(address_wrong_keys=2)
    path = f"{owner.workspace_api}/admin/version" if path == "workspace" else path
    assert statuses(Api(WRONG), path, 4) == [401, 401, 429, 429]
    assert Api(WRONG).get(path)["Retry-After"].isdecimal()
    assert statuses(owner.api, path, 5) == [200] * 5
    assert statuses(Api(WRONG), path, 1, REMOTE_ADDR="192.0.2.7") == [401]
    assert Client().get(path).status_code == 401


def test_ipv6_addresses_of_one_network_count_as_one(owner: Person, minute: Minute) -> None:
    minute.limit(address_wrong_keys=1)
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "::ffff:192.0.2.1", "192.0.2.1"]
    answers = [Api(WRONG).get("/api/me/", REMOTE_ADDR=address).status_code for address in addresses]
    assert answers == [401, 429, 401, 401, 429]


def test_an_address_over_its_limit_gets_the_cheapest_check(
    owner: Person, minute: Minute, django_assert_num_queries: object
) -> None:
    """Not the query for the rights in the workspace, only that for the key."""
    minute.limit(address_wrong_keys=1)
    path = f"{owner.workspace_api}/admin/version"
    statuses(Api(WRONG), path, 2)
    with django_assert_num_queries(1) as asked:  # type: ignore[operator]  # pytest-django's fixture
        statuses(Api(WRONG), path, 1)
    assert "workspace" not in asked.captured_queries[0]["sql"]


@pytest.mark.django_db
def test_endpoints_for_everybody_are_limited_by_address(minute: Minute) -> None:
    minute.limit(address_requests=2)
    assert statuses(Api(None), "/api/health", 3) == [200, 200, 429]
    assert statuses(Api(None), "/api/health", 1, REMOTE_ADDR="192.0.2.7") == [200]


def test_the_limit_comes_before_the_right_to_call(owner: Person, stranger: Person, minute: Minute) -> None:
    """Somebody who tries addresses of others uses up their own limit."""
    minute.limit(key_requests=2)
    path = f"{owner.workspace_api}/flow_runs/count"
    assert [stranger.api.post(path).status_code for _ in range(3)] == [404, 404, 429]


def test_no_limit_is_reached_by_default(owner: Person, minute: Minute) -> None:
    assert {owner.api.get("/api/me/").status_code for _ in range(100)} == {200}
