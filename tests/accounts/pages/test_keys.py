"""The pages of API keys: shown once, listed by their ends, revoked at once."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.keys import create_key, find_key, revoke_key
from auditlog.models import Entry
from tests.cast import Person
from tests.visits import queries, text, visitor

VALUE = re.compile(r"pnu_[A-Za-z0-9]{30,}")


def test_value_is_shown_by_the_answer_to_the_form_and_never_again(owner: Person) -> None:
    client = visitor(owner.user)
    answer = client.post("/my/api-keys/create", {"name": "build", "expiry": "30"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    values = set(VALUE.findall(answer.content.decode()))
    assert len(values) == 1
    key = find_key(values.pop())
    assert key is not None
    assert (key.name, key.user) == ("build", owner.user)
    page = client.get("/my/api-keys")
    assert key.masked in page.content.decode()
    assert VALUE.findall(page.content.decode()) == []
    assert VALUE.findall(client.get("/my/api-keys/create").content.decode()) == []


@pytest.mark.parametrize(("choice", "days"), [("7", 7), ("30", 30), ("90", 90), ("365", 365), ("never", None)])
def test_expiry_is_what_was_chosen(owner: Person, choice: str, days: int | None) -> None:
    visitor(owner.user).post("/my/api-keys/create", {"name": "build", "expiry": choice})
    key = ApiKey.objects.get(name="build")
    if days is None:
        assert key.expires_at is None
    else:
        assert key.expires_at is not None
        assert abs(key.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "expiry": "30"},
        {"name": "build", "expiry": "12"},
        {"name": "build", "expiry": "date"},
        {"name": "build", "expiry": "date", "date": "2020-01-01"},
        {"name": "build", "expiry": "date", "date": "tomorrow"},
    ],
)
def test_refused_form_keeps_its_values_and_makes_no_key(owner: Person, data: dict[str, str]) -> None:
    answer = visitor(owner.user).post("/my/api-keys/create", data)
    assert answer.status_code == 422
    assert f'value="{data["name"]}"' in answer.content.decode() or not data["name"]
    assert ApiKey.objects.filter(user=owner.user).count() == 1


def test_double_click_creates_one_key_and_both_answers_show_it(owner: Person) -> None:
    client, sent = visitor(owner.user), {"name": "build", "expiry": "30", "once": "token"}
    values = [set(VALUE.findall(client.post("/my/api-keys/create", sent).content.decode())) for _ in range(2)]
    assert values[0] == values[1]
    assert ApiKey.objects.get(name="build") == find_key(values[0].pop())


def test_reload_neither_creates_nor_revokes_a_key(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.key_creation._VALUE_SECONDS", 0)
    client, sent = visitor(owner.user), {"name": "build", "expiry": "30", "once": "token"}
    copied = VALUE.findall(client.post("/my/api-keys/create", sent).content.decode())[0]
    client.post("/my/api-keys/create", sent)
    assert VALUE.findall(client.post("/my/api-keys/create", sent, follow=True).content.decode()) == []
    assert find_key(copied) == ApiKey.objects.get(name="build")
    assert list(Entry.objects.filter(action__startswith="api-key.").values_list("action", flat=True)) == [
        "api-key.created", "api-key.created",
    ]  # fmt: skip


def test_repeated_form_does_not_show_a_key_that_was_revoked_meanwhile(owner: Person) -> None:
    client, sent = visitor(owner.user), {"name": "build", "expiry": "30", "once": "token"}
    client.post("/my/api-keys/create", sent)
    revoke_key(owner.user, ApiKey.objects.get(name="build").id, actor=owner.user.as_actor())
    again = client.post("/my/api-keys/create", sent)
    assert (again.status_code, ApiKey.objects.filter(name="build").exists()) == (302, False)


def test_cache_holds_no_key_that_can_be_read(owner: Person) -> None:
    kept: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "set", lambda name, value, *more: kept.append(f"{name} {value}"))
        answer = visitor(owner.user).post(
            "/my/api-keys/create", {"name": "build", "expiry": "30", "once": "a-token-of-a-form"}
        )
    value = VALUE.findall(answer.content.decode())[0]
    assert kept
    assert not any(value in text or value.encode().hex() in text or "a-token" in text for text in kept)


def test_cache_keeps_the_value_for_seconds_and_then_only_the_id(owner: Person) -> None:
    kept: dict[int, list[str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "set", lambda name, value, timeout: kept.setdefault(timeout, []).append(value))
        visitor(owner.user).post("/my/api-keys/create", {"name": "build", "expiry": "30", "once": "token"})
    day = kept.pop(24 * 3600)
    assert (day, list(kept)) == ([str(ApiKey.objects.get(name="build").id)], [5])


def test_form_of_somebody_else_shows_no_key(owner: Person, stranger: Person) -> None:
    sent = {"name": "build", "expiry": "30", "once": "token"}
    values = [
        VALUE.findall(visitor(who.user).post("/my/api-keys/create", sent).content.decode())[0]
        for who in (owner, stranger)
    ]
    assert [key.user for value in values if (key := find_key(value))] == [owner.user, stranger.user]


def test_form_sent_again_with_other_contents_is_no_double_click(owner: Person) -> None:
    client = visitor(owner.user)
    for name, token in (("build", "a"), ("deploy", "b")):
        client.post("/my/api-keys/create", {"name": name, "expiry": "30", "once": "t", "csrfmiddlewaretoken": token})
    assert set(ApiKey.objects.filter(user=owner.user).values_list("name", flat=True)) == {"laptop", "build", "deploy"}


def test_double_click_with_another_csrf_token_is_one(owner: Person) -> None:
    client = visitor(owner.user)
    for token in ("a", "b"):
        client.post("/my/api-keys/create", {"name": "build", "expiry": "30", "once": "t", "csrfmiddlewaretoken": token})
    assert ApiKey.objects.filter(name="build").count() == 1


def test_same_form_again_later_makes_nothing(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.key_creation._VALUE_SECONDS", 0)
    client, sent = visitor(owner.user), {"name": "build", "expiry": "30", "once": "later"}
    client.post("/my/api-keys/create", sent)
    again = client.post("/my/api-keys/create", sent)
    assert (again.status_code, again["Location"]) == (302, "/my/api-keys")
    assert ApiKey.objects.filter(name="build").count() == 1


def test_revoking_asks_first_and_works_once(owner: Person) -> None:
    client, path = visitor(owner.user), f"/my/api-keys/{owner.key.id}/revoke"
    assert "cannot be undone" in text(client.get(path))
    assert find_key(owner.key_value) == owner.key
    sent = {"once": "token"}
    assert [client.post(path, sent).status_code for _ in range(2)] == [302, 302]
    assert find_key(owner.key_value) is None
    assert client.post(path).status_code == 404


def test_nobody_sees_or_revokes_the_key_of_another(owner: Person, stranger: Person) -> None:
    client, path = visitor(stranger.user), f"/my/api-keys/{owner.key.id}/revoke"
    assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]
    assert find_key(owner.key_value) == owner.key
    assert str(owner.key.id) not in client.get("/my/api-keys").content.decode()


def test_list_makes_the_same_queries_for_one_key_and_for_three(owner: Person) -> None:
    client = visitor(owner.user)
    one = queries(client, "/my/api-keys")
    for name in ("second", "third"):
        create_key(owner.user, name=name, expires_at=None, actor=owner.user.as_actor())
    assert (one, queries(client, "/my/api-keys")) == (4, 4)
