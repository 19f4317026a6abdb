"""`prefect cloud ip-allowlist ...` against this site, as against Prefect Cloud."""

from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.prefect_client import PrefectClient
from tests.site import Site
from tests.workspaces.events.frames import open_in, open_out

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="what the command line says; the endpoints have tests on PostgreSQL"),
]

_numbers = count(1)
LOCKED_OUT = "Your address 127.0.0.1 is in none of the networks that are enabled: you would lock yourself out."


@pytest.fixture
def account(site: Site) -> dict[str, Any]:
    """An organization of its own for each test."""
    handle = f"allowlist-{next(_numbers)}"
    return site.bootstrap(handle, "lab", email=f"owner-of-{handle}@example.com", organization=True)


def _elsewhere(site: Site, account: dict[str, Any], code: str) -> None:
    """What somebody else does, from 10.1.1.1."""
    site.manage(
        "shell", "-v", "0", "-c",
        "from accounts.models import Account; from auditlog.actors import system; "
        "from orgs.services.networks import Network, set_networks; "
        "from orgs.services.organizations import update_account_settings; "
        f"account = Account.objects.get(id='{account['account_id']}'); "
        f"more = dict(address='10.1.1.1', actor=system('tests')); {code}",
    )  # fmt: skip


def test_list_is_kept_from_the_command_line(
    site: Site, account: dict[str, Any], prefect_client: Callable[..., PrefectClient]
) -> None:
    with prefect_client(account).commands() as command:

        def allowlist(*args: str, typed: str = "", ok: bool = True) -> str:
            code, output = command("cloud", "ip-allowlist", *args, typed=typed)
            told = " ".join(output.split())
            assert (code == 0, told) == (ok, told)
            return told

        assert "IP allowlist is empty." in allowlist("ls")
        assert "10.0.0.0/8" in allowlist("add", "10.0.0.0/8")
        assert f"Error enabling IP allowlist: {LOCKED_OUT}" in allowlist("enable", typed="y\n", ok=False)
        told = allowlist("add", "127.0.0.1", "--description", "this machine")
        assert [word in told for word in ("127.0.0.1/32", "this machine", "Never", "DISABLED")] == [True] * 4
        assert "2001:db8::/32" in allowlist("add", "2001:db8::/32")
        assert "IP allowlist enabled." in allowlist("enable", typed="y\n")
        assert "IP allowlist is already enabled." in allowlist("enable")
        assert "ENABLED" in allowlist("ls")
        for refused in ("remove", "toggle"):
            assert f"Error updating allowlist: {LOCKED_OUT}" in allowlist(refused, "127.0.0.1", ok=False)
        assert "False" in allowlist("toggle", "10.0.0.0/8")
        assert "10.0.0.0/8" not in allowlist("remove", "10.0.0.0/8")
        assert "this machine" not in allowlist("add", "127.0.0.1", typed="y\n")
        assert command("flow-run", "ls")[0] == 0
        assert "IP allowlist disabled." in allowlist("disable")
        assert "DISABLED" in allowlist("ls")


def test_who_is_outside_is_told_and_comes_nowhere(
    site: Site, account: dict[str, Any], prefect_client: Callable[..., PrefectClient]
) -> None:
    """Open websockets are closed within a second; the other accounts of the same person stay open."""
    _elsewhere(site, account, "set_networks(account, [Network('10.0.0.0/8')], **more)")
    with prefect_client(account).commands() as command:
        code, output = command("cloud", "ip-allowlist", "enable", typed="y\n")
        assert (code, f"Error enabling IP allowlist: {LOCKED_OUT}" in " ".join(output.split())) == (1, True)
        _lock_out(site, account)
        assert command("flow-run", "ls")[0] == 1
        assert command("cloud", "ip-allowlist", "ls")[0] == 1
        _elsewhere(site, account, "update_account_settings(account, {'enforce_ip_allowlist': False}, **more)")
        assert command("flow-run", "ls")[0] == 0


def _lock_out(site: Site, account: dict[str, Any]) -> None:
    """Enforce the allowlist from inside, while this machine is outside, and check what it still reaches."""
    headers = {"Authorization": f"Bearer {account['api_key']}"}
    http = httpx.Client(base_url=site.api_url, headers=headers, trust_env=False)
    settings = f"/accounts/{account['account_id']}/settings"
    answer = http.patch(settings, json={"enforce_ip_allowlist": True})
    assert (answer.status_code, answer.json()) == (422, {"detail": LOCKED_OUT})
    assert http.get(settings).json()["enforce_ip_allowlist"] is False

    with open_in(account) as into, open_out(account) as out, open_out(account, "/logs/out") as logs:
        _elsewhere(site, account, "update_account_settings(account, {'enforce_ip_allowlist': True}, **more)")
        for socket in (into, out, logs):
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    socket.recv(timeout=5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
    with pytest.raises(InvalidStatus) as shut, open_in(account):
        pass
    assert shut.value.response.status_code == 403
    for path in ("/events/out", "/logs/out"):
        with pytest.raises(ConnectionClosed), open_out(account, path):
            pass
    spoofed = {"X-Forwarded-For": "10.1.1.1", "X-Real-IP": "10.1.1.1", "Forwarded": "for=10.1.1.1"}
    assert http.get(settings, headers=spoofed).status_code == 403
    assert http.get("/me/accounts").status_code == 200


def test_behind_a_proxy_its_word_counts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of several headers, and of several addresses in one, the last: the proxy's. HTTP and websockets alike."""
    site = Site(tmp_path_factory.mktemp("proxied"), {"BAILIWICK_BEHIND_PROXY": "true"})
    try:
        site.start()
        account = site.bootstrap("proxied", "lab", email="paula@example.com", organization=True)
        _elsewhere(
            site,
            account,
            "set_networks(account, [Network('10.0.0.0/8'), Network('2001:db8::/32')], **more); "
            "update_account_settings(account, {'enforce_ip_allowlist': True}, **more)",
        )
        inside, outside = "10.9.9.9", "203.0.113.9"
        for chain, status in (
            ([inside], 200),
            (["::ffff:10.9.9.9"], 200),
            (["2001:db8::7"], 200),
            ([outside], 403),
            ([f"{inside}, {outside}"], 403),
            ([inside, outside], 403),
            ([f"{outside}, {inside}"], 200),
            ([outside, inside], 200),
            ([f"{inside},"], 403),
            ([], 403),
        ):
            forwarded = [("X-Forwarded-For", one) for one in chain]
            headers = [("Authorization", f"Bearer {account['api_key']}"), *forwarded]
            with httpx.Client(headers=headers, trust_env=False) as http:
                answer = http.post(f"{account['api_url']}/flows/filter", json={})
                assert (chain, answer.status_code) == (chain, status)
            assert (chain, _opened(account, forwarded)) == (chain, status)
    finally:
        site.remove()
    assert site.complaints() == []


def _opened(account: dict[str, Any], forwarded: list[tuple[str, str]]) -> int:

    headers = Headers([("Authorization", f"Bearer {account['api_key']}"), *forwarded])
    try:
        with connect(account["api_url"].replace("http://", "ws://") + "/events/in", additional_headers=headers):
            return 200
    except InvalidStatus as refused:
        return refused.response.status_code
