"""The security page: where a person is signed in, and signing out from elsewhere."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts import session_activity
from accounts.models import Account
from accounts.services.browsers import browser_name
from accounts.services.keys import find_key
from accounts.services.sessions import sessions_of
from accounts.tasks import note_session_use
from auditlog.models import Entry
from tests.cast import PASSWORD, Person
from tests.proofs import inside
from tests.visits import queries, text, visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.1 Mobile/15E148 Safari/604.1"
)
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


def _signed_in(address: str = "203.0.113.7", browser: str = FIREFOX) -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": browser})
    assert client.post("/auth/sign-in", {"login": "olga@example.com", "password": PASSWORD}).status_code == 302
    return client


def _id(person: Person, client: Client) -> Any:
    return next(one.id for one in sessions_of(person.user) if one.session_key == client.session.session_key)


def test_page_lists_the_browsers_of_the_person_this_one_first(owner: Person, stranger: Person) -> None:
    here = _signed_in()
    _signed_in("198.51.100.1", SAFARI)
    visitor(stranger.user)
    page = text(here.get("/my/security"))
    assert page.index("Firefox on Linux this browser") < page.index("Safari on iPhone")
    for words in ("203.0.113.7", "198.51.100.1", "You have 1 API key."):
        assert words in page
    assert page.count("Sign out Safari on iPhone at 198.51.100.1") == 1
    assert "Sign out Firefox" not in page
    assert str(here.session.session_key) not in here.get("/my/security").content.decode()


def test_one_browser_is_signed_out(owner: Person) -> None:
    here, there = _signed_in(), _signed_in("198.51.100.1", SAFARI)
    path = f"/my/security/sessions/{_id(owner, there)}/end"
    assert "That browser is signed out." in text(here.post(path, follow=True))
    assert (inside(here), inside(there)) == (True, False)
    assert "That session has already ended." in text(here.post(path, follow=True))
    entry = Entry.objects.get(action="user.session-ended")
    assert entry.detail == {"address": "198.51.100.1", "user_agent": SAFARI}


def test_ending_the_session_of_the_request_signs_out(owner: Person) -> None:
    here = _signed_in()
    answer = here.post(f"/my/security/sessions/{_id(owner, here)}/end")
    assert (answer.status_code, answer["Location"], inside(here)) == (302, "/auth/sign-in", False)


def test_signing_out_everywhere_else_keeps_this_browser_and_the_keys(owner: Person, stranger: Person) -> None:
    here, others, foreign = _signed_in(), [_signed_in(), _signed_in()], visitor(stranger.user)
    assert "2 other browsers are signed out." in text(here.post("/my/security/sessions/end-others", follow=True))
    assert (inside(here), [inside(one) for one in others], inside(foreign)) == (True, [False, False], True)
    assert find_key(owner.key_value) is not None
    assert Entry.objects.get(action="user.sessions-ended").detail == {"sessions": 2}
    again = here.post("/my/security/sessions/end-others", follow=True)
    assert "You are not signed in anywhere else." in text(again)
    assert "Sign out everywhere else" not in text(again)


def test_nobody_ends_the_session_of_another(owner: Person, stranger: Person) -> None:
    victim, attacker = _signed_in(), visitor(stranger.user)
    for session_id in (_id(owner, victim), uuid4()):
        answer = attacker.post(f"/my/security/sessions/{session_id}/end", follow=True)
        assert "That session has already ended." in text(answer)
    assert inside(victim)


def test_forms_need_a_token_of_the_page_and_a_post(owner: Person) -> None:
    other = _signed_in()
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user)
    for path in (f"/my/security/sessions/{_id(owner, other)}/end", "/my/security/sessions/end-others"):
        assert (client.post(path).status_code, client.get(path).status_code) == (403, 405)
    assert inside(other)


def test_sessions_are_ended_from_any_network(owner: Person) -> None:
    """Restrictions of an account guard what it has; a thief of a session must be stopped from everywhere."""
    Account.objects.filter(id=owner.account.id).update(enforced_networks=["10.0.0.0/8"])
    here, there = _signed_in(), _signed_in()
    assert here.get("/my/security").status_code == 200
    here.post("/my/security/sessions/end-others")
    assert sessions_of(owner.user)[0].session_key == here.session.session_key
    assert there.get("/my/security").status_code == 302


def test_list_is_bounded_and_costs_the_same_for_one_and_many(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    here = _signed_in()
    one = queries(here, "/my/security")
    for _ in range(5):
        visitor(owner.user)
    assert queries(here, "/my/security") == one
    monkeypatch.setattr("accounts.views.security._MOST_SESSIONS", 3)
    assert "3 older sessions not shown." in text(here.get("/my/security"))


def test_last_use_is_saved_by_a_task_once_in_five_minutes(
    owner: Person, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, ...]] = []
    monkeypatch.setattr(note_session_use, "apply_async", lambda args: noted.append(args))
    client = _signed_in()
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/my/profile")
        assert noted == []  # the sign-in was noted just now
        session_activity._uses.clear()
        client.get("/my/profile", REMOTE_ADDR="198.51.100.9")
        client.get("/my/profile")
    assert len(noted) == 1
    before = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=before)
    note_session_use(*noted[0])
    session = UserSession.objects.get()
    assert (session.last_seen_at > before, session.ip) == (True, "198.51.100.9")
    note_session_use(noted[0][0], before.isoformat(), "203.0.113.99")
    assert UserSession.objects.get().ip == "198.51.100.9"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (CHROME.format("Windows NT 10.0; Win64; x64"), "Chrome on Windows"),
        (CHROME.format("Macintosh; Intel Mac OS X 10_15_7"), "Chrome on macOS"),
        (CHROME.format("Linux; Android 10; K"), "Chrome on Android"),
        (CHROME.format("Windows NT 10.0; Win64; x64") + " Edg/131.0.0.0", "Edge on Windows"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_named_in_words(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_navigation_marks_the_current_page(owner: Person) -> None:
    client = visitor(owner.user)
    labels = {
        "/my/profile": "Profile",
        "/my/email": "Profile",
        "/my/security": "Security",
        "/my/password": "Security",
        "/my/delete": "Security",
        "/my/api-keys/create": "API keys",
        "/my/invitations": "Invitations",
    }
    for path, label in labels.items():
        content = client.get(path).content.decode()
        navigation = content[content.index('aria-label="Main"') : content.index('class="side-foot"')]
        marked = re.findall(r'aria-current="page">.*?</svg>([^<]+)', navigation, re.DOTALL)
        assert (path, [words.strip() for words in marked]) == (path, [label])
