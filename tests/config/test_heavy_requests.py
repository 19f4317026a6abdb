"""Which requests go to the process for heavy requests."""

import io
import uuid
from typing import Any

import pytest

from config import heavy_requests, web_asgi, web_wsgi
from config.heavy_requests import LARGE, MOST_AT_ONCE, account_of, running
from core.busy_accounts import BUSY_FROM, BusyAccounts
from core.rest.asgi_bodies import LARGEST
from tests.site import ROOT

pytestmark = pytest.mark.one_database(reason="no SQL")


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> BusyAccounts:
    accounts = BusyAccounts()
    monkeypatch.setattr(heavy_requests, "busy_accounts", accounts)
    return accounts


def path_of(account: str) -> str:
    return f"/api/accounts/{account}/workspaces/{uuid.uuid4()}/flow_runs/count"


def is_heavy(account: str, **headers: str) -> bool:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return web_asgi._is_heavy({"headers": given}, account)


def test_large_bodies_are_heavy_unless_they_are_refused_unread(busy: BusyAccounts) -> None:
    account = str(uuid.uuid4())
    assert not is_heavy(account, content_length=str(LARGE - 1))
    assert is_heavy(account, content_length=str(LARGE))
    for length in (str(LARGEST + 1), "-1", "x", "9" * 5_000):
        assert not is_heavy(account, content_length=length)
    assert not is_heavy(account, transfer_encoding="chunked")


def test_requests_of_a_busy_account_are_heavy_and_those_of_others_are_not(busy: BusyAccounts) -> None:
    theirs, ours = str(uuid.uuid4()), str(uuid.uuid4())
    busy.add(theirs, BUSY_FROM + 1)
    assert is_heavy(theirs)
    assert not is_heavy(ours)


def test_more_requests_at_once_than_a_few_are_heavy(busy: BusyAccounts) -> None:
    theirs, ours = str(uuid.uuid4()), str(uuid.uuid4())
    with running(theirs):
        assert not is_heavy(theirs)
        with running(theirs):
            assert MOST_AT_ONCE == 2
            assert is_heavy(theirs)
            assert not is_heavy(ours)
    assert not is_heavy(theirs)
    assert not heavy_requests._running


def test_only_the_api_of_a_workspace_and_events_have_heavy_requests() -> None:
    account = str(uuid.uuid4())
    assert account_of(path_of(account)) == account
    assert account_of(f"/api/accounts/{account}/events/filter") == account
    for other in ("/", "/auth/sign-in", f"/account/{account}/", f"/api/accounts/{account}/roles", "/api/health"):
        assert account_of(other) is None


def test_web_process_hands_over_only_to_a_proxy_that_offers_it(
    busy: BusyAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        return [b"handled"]

    monkeypatch.setattr(web_wsgi, "_application", handle)
    theirs, ours = str(uuid.uuid4()), str(uuid.uuid4())
    busy.add(theirs, BUSY_FROM + 1)

    def call(account: str, **headers: str) -> tuple[list[bytes], list[Any]]:
        answers: list[Any] = []
        environ = {"PATH_INFO": path_of(account), "wsgi.input": io.BytesIO(b"{}"), **headers}
        body = web_wsgi.application(environ, lambda *answer: answers.append(answer))
        return list(body), answers

    assert call(theirs, HTTP_X_BAILIWICK_HEAVY="offered") == ([], [("200 OK", [("X-Accel-Redirect", "@heavy")])])
    assert call(theirs) == ([b"handled"], [])
    assert call(ours, HTTP_X_BAILIWICK_HEAVY="offered") == ([b"handled"], [])


def test_proxy_has_the_same_number() -> None:
    assert LARGE == 10**5  # six digits
    sizes = '"~^\\S" heavy; "~ [0-9]{6,}$" heavy;'  # any transfer encoding, or six digits
    assert sizes in (ROOT / "deploy/nginx.conf").read_text()
