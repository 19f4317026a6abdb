"""The IP allowlist in the account API: read, replaced, asked about; nobody locks themselves out."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import AllowedNetwork
from orgs.services.networks import contains_address, networks_containing, normalize_network
from orgs.services.organizations import update_account_settings
from tests.cast import Organization

HERE = "127.0.0.1"


def _list(organization: Organization, below: str = "") -> str:
    return f"/api/accounts/{organization.account.id}/ip_allowlist{below}"


def _put(organization: Organization, *networks: str, enabled: bool = True, **more: Any) -> Any:
    body = {"entries": [{"ip_network": network, "enabled": enabled} for network in networks]}
    return organization.admin.api.put(_list(organization), body, **more)


def _read(organization: Organization) -> list[dict[str, Any]]:
    return list(organization.member.api.get(_list(organization)).json()["entries"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("10.0.0.7", "10.0.0.7/32"),
        ("10.0.0.7/32", "10.0.0.7/32"),
        (" 10.1.2.3/8 ", "10.0.0.0/8"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::7", "2001:db8::7/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.7", "10.0.0.7/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::/0", "::/0"),
    ],
)
def test_networks_are_kept_in_one_form(given: str, kept: str) -> None:
    assert normalize_network(given) == kept
    assert normalize_network(kept) == kept


@pytest.mark.parametrize("text", ["", "office", "10.0.0", "10.0.0.0/33", "fe80::1%eth0", "1.2.3.4 5.6.7.8"])
def test_what_is_no_network_is_refused(organization: Organization, text: str) -> None:
    with pytest.raises(ValidationError):
        normalize_network(text)
    answer = _put(organization, HERE, text)
    assert (answer.status_code, type(answer.json()["detail"])) == (422, str)
    assert _read(organization) == []


@pytest.mark.parametrize(
    ("networks", "address", "inside"),
    [
        (["10.0.0.0/8"], "10.255.0.1", True),
        (["10.0.0.0/8"], "11.0.0.1", False),
        (["10.0.0.7/32"], "10.0.0.7", True),
        (["10.0.0.7/32"], "10.0.0.8", False),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", True),
        (["2001:db8::/32"], "2001:db8:1::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["::/0"], "10.0.0.1", False),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
        (["0.0.0.0/0", "::/0"], "", False),
        (["0.0.0.0/0", "::/0"], "unknown", False),
        ([], "10.0.0.1", False),
    ],
)
def test_who_is_within(networks: list[str], address: str, inside: bool) -> None:
    assert contains_address(networks, address) is inside
    assert bool(networks_containing(networks, address)) is inside


def test_read_and_replaced(organization: Organization) -> None:
    api = organization.admin.api
    entries = [
        {"ip_network": "127.0.0.0/8", "enabled": True, "description": "here", "last_seen": "whenever"},
        {"ip_network": "10.0.0.7", "enabled": False, "description": None},
    ]
    assert _read(organization) == []
    assert api.put(_list(organization), {"entries": entries}).status_code == 204
    kept = [
        {"ip_network": "127.0.0.0/8", "enabled": True, "description": "here", "last_seen": None},
        {"ip_network": "10.0.0.7/32", "enabled": False, "description": None, "last_seen": None},
    ]
    assert _read(organization) == kept
    assert api.put(_list(organization), {"entries": kept}).status_code == 204
    changes = Entry.objects.filter(action="ip-allowlist.updated")
    assert changes.get().detail["changes"] == {
        "networks": {"from": [], "to": ["127.0.0.0/8 here", "10.0.0.7/32 (disabled)"]}
    }
    assert changes.get().actor_id == organization.admin.user.id
    ids = set(AllowedNetwork.objects.values_list("id", flat=True))
    more = {"ip_network": "10.0.0.8", "enabled": True}
    assert api.put(_list(organization), {"entries": [*kept, more]}).status_code == 204
    assert ids < set(AllowedNetwork.objects.values_list("id", flat=True))
    assert _put(organization).status_code == 204
    assert _read(organization) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entries": None},
        {"entries": [{"ip_network": "127.0.0.1"}]},
        {"entries": [{"ip_network": "127.0.0.1", "enabled": "perhaps"}]},
        {"entries": [{"ip_network": "127.0.0.1", "enabled": True, "description": "x" * 5001}]},
        {"entries": [{"ip_network": "127.0.0.1", "enabled": True}, {"ip_network": "127.0.0.1/32", "enabled": False}]},
        {"entries": [{"ip_network": f"127.0.0.{number}", "enabled": True} for number in range(1, 27)]},
    ],
)
def test_a_bad_list_changes_nothing(organization: Organization, body: dict[str, Any]) -> None:
    assert organization.admin.api.put(_list(organization), body).status_code == 422
    assert (_read(organization), Entry.objects.filter(action="ip-allowlist.updated").count()) == ([], 0)


def test_25_networks_are_taken(organization: Organization) -> None:
    assert _put(organization, *(f"127.0.0.{number}" for number in range(1, 26))).status_code == 204
    assert len(_read(organization)) == 25


def test_members_read_and_admins_write(organization: Organization) -> None:
    body = {"entries": [{"ip_network": HERE, "enabled": True}]}
    assert organization.member.api.get(_list(organization)).status_code == 200
    assert organization.member.api.put(_list(organization), body).status_code == 403
    assert organization.admin.api.put(_list(organization), body).status_code == 204


def test_enforced_list_that_locks_the_caller_out_is_refused(organization: Organization) -> None:
    assert _put(organization, "10.0.0.0/8").status_code == 204
    update_account_settings(
        organization.account,
        {"enforce_ip_allowlist": True},
        address="10.1.1.1",
        actor=organization.admin.user.as_actor(),
    )
    inside: dict[str, Any] = {"REMOTE_ADDR": "10.1.1.1"}
    refused = _put(organization, "192.0.2.0/24", **inside)
    assert (refused.status_code, refused.json()) == (
        422,
        {"detail": "Your address 10.1.1.1 is in none of the networks that are enabled: you would lock yourself out."},
    )
    assert _put(organization, "10.0.0.0/8", REMOTE_ADDR="10.1.1.1").status_code == 204
    assert _put(organization, "10.0.0.0/8", "2001:db8::/32", **inside).status_code == 204
    assert _put(organization, "2001:db8::/32", REMOTE_ADDR="2001:db8::1").status_code == 204
    assert _put(organization, "10.0.0.0/8", REMOTE_ADDR="2001:db8::1").status_code == 422
    assert _put(organization, "10.0.0.0/8", "2001:db8::/32", REMOTE_ADDR="2001:db8::1").status_code == 204
    assert _put(organization, "10.0.0.0/8", REMOTE_ADDR="::ffff:10.1.1.1").status_code == 204


def test_enforcement_that_locks_the_caller_out_is_refused(organization: Organization) -> None:
    account, actor = organization.account, organization.admin.user.as_actor()
    _put(organization, "10.0.0.0/8", REMOTE_ADDR="10.1.1.1")
    on = {"enforce_ip_allowlist": True}
    for address in (HERE, "", "2001:db8::1"):
        with pytest.raises(ValidationError, match="lock yourself out"):
            update_account_settings(account, {**on, "ai_log_summaries": True}, address=address, actor=actor)
    account.refresh_from_db()
    assert (account.settings, account.enforced_networks) == ({}, [])
    update_account_settings(account, on, address="10.1.1.1", actor=actor)
    assert account.enforced_networks == ["10.0.0.0/8"]
    update_account_settings(account, {"enforce_ip_allowlist": False}, address=HERE, actor=actor)
    account.refresh_from_db()
    assert account.enforced_networks == []


def test_enforcement_waits_for_a_network_that_is_enabled(organization: Organization) -> None:
    account, actor = organization.account, system("tests")
    _put(organization, "10.0.0.0/8", enabled=False)
    update_account_settings(account, {"enforce_ip_allowlist": True}, address=HERE, actor=actor)
    assert organization.member.api.get(_list(organization)).status_code == 200
    assert _put(organization, "10.0.0.0/8").status_code == 422
    assert _put(organization, "10.0.0.0/8", HERE).status_code == 204
    account.refresh_from_db()
    assert account.enforced_networks == ["10.0.0.0/8", "127.0.0.1/32"]
    assert organization.member.api.get(_list(organization), REMOTE_ADDR="11.0.0.1").status_code == 403


def test_my_access_says_what_enforcement_would_do(organization: Organization) -> None:
    def access(**more: Any) -> tuple[bool, str]:
        told = organization.member.api.get(_list(organization, "/my_access"), **more).json()
        return told["allowed"], told["detail"]

    assert access() == (True, "No network is enabled: the account is open to every address.")
    _put(organization, "127.0.0.0/8")
    assert access() == (True, "Your address 127.0.0.1 is in a network that is enabled.")
    allowed, detail = access(REMOTE_ADDR="10.0.0.1")
    assert (allowed, detail) == (
        False,
        "Your address 10.0.0.1 is in none of the networks that are enabled: you would lock yourself out.",
    )


def test_settings_of_the_api_refuse_the_same(organization: Organization) -> None:
    _put(organization, "10.0.0.0/8", REMOTE_ADDR="10.1.1.1")
    settings, api = f"/api/accounts/{organization.account.id}/settings", organization.admin.api
    refused = api.patch(settings, {"enforce_ip_allowlist": True})
    assert (refused.status_code, "lock yourself out" in refused.json()["detail"]) == (422, True)
    assert api.get(settings).json()["enforce_ip_allowlist"] is False
    assert api.patch(settings, {"enforce_ip_allowlist": True}, REMOTE_ADDR="10.1.1.1").status_code == 204
    assert api.get(settings).status_code == 403
    assert api.get(settings, REMOTE_ADDR="10.1.1.1").json()["enforce_ip_allowlist"] is True


def test_an_enforced_list_does_not_open_by_itself(organization: Organization) -> None:
    settings, api = f"/api/accounts/{organization.account.id}/settings", organization.admin.api
    assert api.patch(settings, {"enforce_ip_allowlist": True}).status_code == 204  # nothing to enforce yet
    assert _put(organization).status_code == 204
    assert _put(organization, HERE).status_code == 204
    before = _read(organization)
    for refused in (_put(organization), _put(organization, HERE, enabled=False)):
        assert (refused.status_code, "switch enforcement off first" in refused.json()["detail"]) == (422, True)
    assert _read(organization) == before
    assert api.get(settings, REMOTE_ADDR="203.0.113.9").status_code == 403
    assert api.patch(settings, {"enforce_ip_allowlist": False}).status_code == 204
    assert _put(organization).status_code == 204
    assert api.get(settings, REMOTE_ADDR="203.0.113.9").status_code == 200
