"""Allowed networks: written in one form, never such that whoever writes them is locked out."""

from collections.abc import Callable

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Invalid
from orgs.services.network_lines import add_network, remove_network, switch_enforcement, switch_network
from orgs.services.networks import (
    MOST_NETWORKS,
    Network,
    contains_address,
    networks_containing,
    networks_of,
    normalize_network,
    set_networks,
)
from orgs.services.organizations import update_account_settings
from tests.cast import Organization

BY = system("tests")
HERE = "10.0.0.1"


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.1.2.3", "10.1.2.3/32"),
        (" 10.1.2.3/8 ", "10.0.0.0/8"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("::ffff:10.1.2.3", "10.1.2.3/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_network_has_one_form(text: str, network: str) -> None:
    assert normalize_network(text) == normalize_network(network) == network


@pytest.mark.parametrize("text", ["", "ten", "10.0.0.0/33", "10.0.0.0.0", "fe80::1%eth0", "10.0.0.1-10.0.0.9"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        normalize_network(text)


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("10.9.9.9", ["10.0.0.0/8"]),
        ("::ffff:10.9.9.9", ["10.0.0.0/8"]),
        ("10.0.0.1", ["10.0.0.0/8", "10.0.0.1/32"]),
        ("2001:db8::7", ["2001:db8::/32"]),
        ("11.0.0.1", []),
        ("", []),
        ("unknown", []),
    ],
)
def test_address_is_in_the_networks_that_hold_it(address: str, networks: list[str]) -> None:
    known = ["10.0.0.0/8", "10.0.0.1/32", "2001:db8::/32"]
    assert networks_containing(known, address) == networks
    assert contains_address(known, address) is bool(networks)


def lines(organization: Organization) -> list[str]:
    return [one.network for one in networks_of(organization.account)]


def test_list_is_replaced_and_recorded_if_it_differs(organization: Organization) -> None:
    for _ in range(2):
        set_networks(organization.account, [Network("10.0.0.0/8"), Network("192.0.2.7")], address=HERE, actor=BY)
    assert lines(organization) == ["10.0.0.0/8", "192.0.2.7/32"]
    set_networks(organization.account, [Network("10.0.0.0/8", description="office")], address=HERE, actor=BY)
    assert lines(organization) == ["10.0.0.0/8"]
    told = [entry.detail["changes"]["networks"]["to"] for entry in Entry.objects.filter(action="ip-allowlist.updated")]
    assert sorted(told) == [["10.0.0.0/8", "192.0.2.7/32"], ["10.0.0.0/8 office"]]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([Network("10.0.0.0/8"), Network("10.1.1.1/8")], "twice"),
        ([Network(f"10.0.{number}.0/24") for number in range(MOST_NETWORKS + 1)], "at most 25"),
        ([Network("nowhere")], "is not a valid IPv4 or IPv6"),
    ],
)
def test_bad_list_changes_nothing(organization: Organization, wanted: list[Network], words: str) -> None:
    set_networks(organization.account, [Network("10.0.0.0/8")], address=HERE, actor=BY)
    with pytest.raises(Invalid, match=words):
        set_networks(organization.account, wanted, address=HERE, actor=BY)
    assert lines(organization) == ["10.0.0.0/8"]


def test_list_that_is_not_enforced_may_leave_out_the_caller(organization: Organization) -> None:
    account = organization.account
    add_network(account, Network("192.0.2.0/24"), address=HERE, actor=BY)
    assert (lines(organization), account.enforced_networks) == (["192.0.2.0/24"], [])
    with pytest.raises(Invalid, match="lock yourself out"):
        switch_enforcement(account, True, address=HERE, actor=BY)
    add_network(account, Network("10.0.0.0/8"), address=HERE, actor=BY)
    switch_enforcement(account, True, address=HERE, actor=BY)
    assert account.enforced_networks == ["10.0.0.0/8", "192.0.2.0/24"]


@pytest.mark.parametrize("wanted", [[Network("192.0.2.0/24")], [Network("10.0.0.0/8", False), Network("192.0.2.0/24")]])
def test_enforced_list_keeps_the_caller_inside(organization: Organization, wanted: list[Network]) -> None:
    set_networks(organization.account, [Network("10.0.0.0/8")], address=HERE, actor=BY)
    switch_enforcement(organization.account, True, address=HERE, actor=BY)
    with pytest.raises(Invalid, match="lock yourself out"):
        set_networks(organization.account, wanted, address=HERE, actor=BY)
    assert lines(organization) == ["10.0.0.0/8"]


def test_first_network_counts_if_enforcement_is_on_already(organization: Organization) -> None:
    """Enforcement may be switched on while no network is enabled. It begins with the first."""
    update_account_settings(organization.account, {"enforce_ip_allowlist": True}, address=HERE, actor=BY)
    with pytest.raises(Invalid, match="lock yourself out"):
        add_network(organization.account, Network("192.0.2.0/24"), address=HERE, actor=BY)
    add_network(organization.account, Network("10.0.0.0/8"), address=HERE, actor=BY)
    assert organization.account.enforced_networks == ["10.0.0.0/8"]


def test_list_of_disabled_networks_locks_nobody_out(organization: Organization) -> None:
    set_networks(organization.account, [Network("192.0.2.0/24", enabled=False)], address=HERE, actor=BY)
    assert organization.account.enforced_networks == []


def test_enforced_list_is_not_emptied(organization: Organization) -> None:
    set_networks(organization.account, [Network("10.0.0.0/8")], address=HERE, actor=BY)
    switch_enforcement(organization.account, True, address=HERE, actor=BY)
    for wanted in ([], [Network("10.0.0.0/8", enabled=False)]):
        with pytest.raises(Invalid, match="switch enforcement off first"):
            set_networks(organization.account, wanted, address=HERE, actor=BY)
    switch_enforcement(organization.account, False, address=HERE, actor=BY)
    set_networks(organization.account, [], address=HERE, actor=BY)
    assert lines(organization) == []


def test_enforcement_needs_a_network_that_lets_the_caller_in(organization: Organization) -> None:
    with pytest.raises(Invalid, match="No network is enabled yet"):
        switch_enforcement(organization.account, True, address=HERE, actor=BY)
    set_networks(organization.account, [Network("10.0.0.0/8")], address=HERE, actor=BY)
    with pytest.raises(Invalid, match="lock yourself out"):
        switch_enforcement(organization.account, True, address="192.0.2.1", actor=BY)
    assert organization.account.enforced_networks == []


def test_lines_are_added_switched_and_removed_one_by_one(organization: Organization) -> None:
    account = organization.account
    add_network(account, Network("10.0.0.0/8"), address=HERE, actor=BY)
    add_network(account, Network("192.0.2.0/24"), address=HERE, actor=BY)
    first, second = networks_of(account)
    switch_network(account, second.id, False, address=HERE, actor=BY)
    assert [one.enabled for one in networks_of(account)] == [True, False]
    with pytest.raises(Invalid, match="twice"):
        add_network(account, Network("10.0.0.0/8"), address=HERE, actor=BY)
    switch_network(account, second.id, True, address=HERE, actor=BY)
    switch_enforcement(account, True, address=HERE, actor=BY)
    with pytest.raises(Invalid, match="lock yourself out"):
        remove_network(account, first.id, address=HERE, actor=BY)
    remove_network(account, second.id, address=HERE, actor=BY)
    assert lines(organization) == ["10.0.0.0/8"]
    changes: list[Callable[[], object]] = [
        lambda: remove_network(account, second.id, address=HERE, actor=BY),
        lambda: switch_network(account, second.id, True, address=HERE, actor=BY),
    ]
    for change in changes:
        with pytest.raises(Conflict, match="no longer in the list"):
            change()
