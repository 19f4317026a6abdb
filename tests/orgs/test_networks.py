"""An enforced allowlist guards every address of the account, whatever the caller writes into headers."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Account
from auditlog.actors import system
from auditlog.models import Entry
from orgs import networks
from orgs.models import AllowedNetwork
from orgs.networks import REFUSED
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import update_account_settings
from orgs.services.service_accounts import create_service_account
from orgs.tasks import note_networks_seen
from tests.cast import Api, Organization, Person, share

INSIDE, OUTSIDE = "198.51.100.7", "203.0.113.9"
TESTS = system("tests")
ACCOUNT = ("/api/accounts/<uuid:account_id>/", "/account/<uuid:account_id>/", "/account/<uuid:account_id>")
KINDS: dict[str, Any] = {
    "uuid": uuid4(),
    "int": 7,
    "str": "word",
    "slug": "word",
    "path": f"flow-run/{uuid4()}",
    "time": "word",
}


@pytest.fixture(autouse=True)
def _nothing_noted() -> None:
    networks._seen.clear()
    networks._refused.clear()


@pytest.fixture
def guarded(organization: Organization) -> Organization:
    """Open to 198.51.100.0/24 alone."""
    enforce(organization.account, "198.51.100.0/24", "2001:db8::/32", address=INSIDE)
    return organization


def enforce(account: Account, *lines: str, address: str) -> None:
    set_networks(account, [Network(line) for line in lines], address=address, actor=TESTS)
    update_account_settings(account, {"enforce_ip_allowlist": True}, address=address, actor=TESTS)


def _below(resolver: URLResolver, above: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry, route)
        elif isinstance(entry, URLPattern) and route.startswith(ACCOUNT):
            yield route


# A picture is everybody's.
OPEN = {"/account/<uuid:account_id>/image"}
ROUTES = sorted(set(_below(get_resolver())) - OPEN)


def _address(route: str, organization: Organization) -> str:
    for name, id in (("account_id", organization.account.id), ("workspace_id", organization.workspace.id)):
        route = route.replace(f"<uuid:{name}>", str(id))
    while "<" in route:
        begin, end = route.index("<"), route.index(">")
        kind = route[begin + 1 : end].partition(":")[0]
        route = route[:begin] + str(KINDS.get(kind, "word")) + route[end + 1 :]
    return route


def test_the_walk_finds_the_account() -> None:
    assert {
        "/api/accounts/<uuid:account_id>/ip_allowlist",
        "/account/<uuid:account_id>/workspace/<uuid:workspace_id>/settings",
    } <= set(ROUTES)


def test_every_address_of_the_account_is_closed_to_outsiders(guarded: Organization) -> None:
    """One outsider at every door: with the owner's key, and with the owner's browser."""
    browser = Client(REMOTE_ADDR=OUTSIDE)
    browser.force_login(guarded.owner.user)
    for route in ROUTES:
        address = _address(route, guarded)
        if not route.startswith("/api/"):
            page = browser.get(address)
            if page.status_code in (301, 302, 307):
                page = browser.get(page["Location"])
            shown = [one.name for one in page.templates][:1]
            assert (route, page.status_code, shown) == (route, 403, ["403_network.html"])
            continue
        for method in ("get", "post", "put", "patch", "delete"):
            answer = guarded.owner.api.call(method, address, None if method == "get" else {}, REMOTE_ADDR=OUTSIDE)
            if answer.status_code != 405:
                said = (answer.status_code, answer.json())
                assert (route, method, *said) == (route, method, 403, {"detail": REFUSED})


def test_the_same_people_come_in_from_inside(guarded: Organization) -> None:
    root = f"/api/accounts/{guarded.account.id}"
    page = f"/account/{guarded.account.id}/workspace/{guarded.workspace.id}/settings"
    client = Client()
    client.force_login(guarded.owner.user)
    for address in (INSIDE, "::ffff:198.51.100.7", "2001:db8::1"):
        assert guarded.owner.api.get(f"{root}/ip_allowlist", REMOTE_ADDR=address).status_code == 200
        flows = f"{root}/workspaces/{guarded.workspace.id}/flows/filter"
        assert guarded.owner.api.post(flows, REMOTE_ADDR=address).status_code == 200
        assert client.get(page, REMOTE_ADDR=address).status_code == 200
    for address in (OUTSIDE, "::ffff:203.0.113.9", "2001:db9::1", ""):
        assert guarded.owner.api.get(f"{root}/ip_allowlist", REMOTE_ADDR=address).status_code == 403
        assert client.get(page, REMOTE_ADDR=address).status_code == 403


def test_service_accounts_are_held_to_it_and_strangers_learn_nothing(guarded: Organization, stranger: Person) -> None:
    bot, _, value = create_service_account(guarded.account, name="robot", actor=TESTS)
    share(guarded.workspace, bot, "Viewer")
    flows = f"/api/accounts/{guarded.account.id}/workspaces/{guarded.workspace.id}/flows/filter"
    assert Api(value).post(flows, REMOTE_ADDR=INSIDE).status_code == 200
    assert Api(value).post(flows, REMOTE_ADDR=OUTSIDE).status_code == 403
    for address in (INSIDE, OUTSIDE):
        assert stranger.api.post(flows, REMOTE_ADDR=address).status_code == 404


def test_other_accounts_of_the_same_people_stay_open(guarded: Organization) -> None:
    own = guarded.owner
    assert own.api.post(f"{own.workspace_api}/flows/filter", REMOTE_ADDR=OUTSIDE).status_code == 200
    assert own.api.get("/api/me/workspaces", REMOTE_ADDR=OUTSIDE).status_code == 200


@pytest.mark.parametrize("below", ["", "/scopes", "/has_scope?scope=see_flows"])
def test_ones_place_in_a_workspace_is_closed_too(guarded: Organization, below: str) -> None:
    path = f"/api/me/workspaces/{guarded.workspace.id}{below}"
    method = "get" if below else "delete"
    for address, refused in ((OUTSIDE, True), (INSIDE, False)):
        answer = guarded.owner.api.call(method, path, REMOTE_ADDR=address)
        assert (answer.status_code == 403) is refused


@pytest.mark.parametrize(
    ("behind", "forwarded", "status"),
    [
        (True, INSIDE, 200),
        (True, OUTSIDE, 403),
        (True, f"{INSIDE}, {OUTSIDE}", 403),
        (True, f"{OUTSIDE}, {INSIDE}", 200),
        (True, f"{INSIDE},", 403),
        (True, "nonsense", 403),
        (True, "::ffff:198.51.100.7", 200),
        (True, "", 403),
        (False, INSIDE, 403),
    ],
)
def test_only_the_last_word_of_a_trusted_proxy_opens(
    guarded: Organization, settings: Any, behind: bool, forwarded: str, status: int
) -> None:
    """The peer is outside; what a caller writes before the proxy's own word helps nobody."""
    settings.BEHIND_PROXY = behind
    headers: dict[str, Any] = {"REMOTE_ADDR": OUTSIDE, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})}
    path = f"/api/accounts/{guarded.account.id}/ip_allowlist"
    assert guarded.owner.api.get(path, **headers).status_code == status
    client = Client(**headers)
    client.force_login(guarded.owner.user)
    page = f"/account/{guarded.account.id}/workspace/{guarded.workspace.id}/settings"
    assert client.get(page).status_code == status


def test_a_refusal_is_written_down_once_a_minute_for_an_address(guarded: Organization) -> None:
    path = f"/api/accounts/{guarded.account.id}/ip_allowlist"
    for address in (OUTSIDE, OUTSIDE, "203.0.113.10"):
        assert guarded.member.api.get(path, REMOTE_ADDR=address).status_code == 403
    entries = Entry.objects.filter(action="request.access-denied.ip-allowlist").order_by("id")
    assert [entry.address for entry in entries] == [OUTSIDE, "203.0.113.10"]
    assert {(entry.account_id, entry.actor_id) for entry in entries} == {(guarded.account.id, guarded.member.user.id)}


def test_last_seen_is_left_to_the_queue_once_a_minute(
    guarded: Organization, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    queued: list[tuple[str, ...]] = []
    monkeypatch.setattr("core.task_queue._publish", lambda task, args: queued.append((task.name, *args)))
    monkeypatch.setattr("core.task_queue.transaction.on_commit", lambda work: work())
    path = f"/api/accounts/{guarded.account.id}/ip_allowlist"
    guarded.member.api.get(path, REMOTE_ADDR=OUTSIDE)
    assert [call for call in queued if call[0].startswith("orgs.")] == []
    for _ in range(3):
        with django_assert_num_queries(3):  # the key, the account, the list: nothing is written
            guarded.member.api.get(path, REMOTE_ADDR=INSIDE)
    calls = [call for call in queued if call[0].startswith("orgs.")]
    assert [(call[0], call[1], call[3:]) for call in calls] == [
        ("orgs.tasks.note_networks_seen", str(guarded.account.id), ("198.51.100.0/24",))
    ]
    for call in [*calls, (calls[0][0], calls[0][1], "2001-01-01T00:00:00+00:00", *calls[0][3:])]:
        note_networks_seen(*call[1:])
    seen = dict(AllowedNetwork.objects.values_list("network", "last_seen"))
    assert (seen["198.51.100.0/24"] and seen["198.51.100.0/24"].isoformat(), seen["2001:db8::/32"]) == (
        calls[0][2],
        None,
    )
    told = guarded.member.api.get(path, REMOTE_ADDR=INSIDE).json()["entries"][0]["last_seen"]
    assert told == f"{calls[0][2][:19]}Z"


def test_an_account_without_enforcement_notes_nothing(organization: Organization, monkeypatch: Any) -> None:
    set_networks(organization.account, [Network("127.0.0.1")], address="127.0.0.1", actor=TESTS)
    queued: list[Any] = []
    monkeypatch.setattr("core.task_queue._publish", lambda task, args: queued.append(task.name))
    organization.member.api.get(f"/api/accounts/{organization.account.id}/ip_allowlist", REMOTE_ADDR=OUTSIDE)
    assert [name for name in queued if name.startswith("orgs.")] == []
