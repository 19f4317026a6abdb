"""API keys: only a keyed hash is stored, and it outlives a change of the secret."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import authentication
from accounts.models import ApiKey
from accounts.services import keys
from accounts.tasks import drop_expired, note_key_use
from auditlog.models import Entry
from core.digests import hash_keys
from tests.cast import Person


@pytest.fixture(autouse=True)
def fresh_hash_keys() -> Iterator[None]:
    hash_keys.cache_clear()
    yield
    hash_keys.cache_clear()


def test_value_is_stored_nowhere(owner: Person) -> None:
    stored = str(list(ApiKey.objects.values())) + str(list(Entry.objects.values()))
    assert owner.key_value not in stored
    assert owner.key_value.removeprefix("pnu_")[:20] not in stored
    assert (len(owner.key_value), owner.key_value[:4], owner.key.last_four) == (47, "pnu_", owner.key_value[-4:])


def test_key_is_found_by_its_value_alone(owner: Person, stranger: Person) -> None:
    assert keys.find_key(owner.key_value) == owner.key
    assert keys.find_key(stranger.key_value) == stranger.key
    for wrong in (owner.key_value[:-1], owner.key_value + "x", owner.key.digest, f"pnu_{owner.key.digest}", "", "é"):
        assert keys.find_key(wrong) is None


def test_keys_outlive_a_change_of_the_secret(owner: Person, settings: Any) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another secret"
    hash_keys.cache_clear()
    assert keys.find_key(owner.key_value) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    hash_keys.cache_clear()
    assert keys.find_key(owner.key_value) == owner.key


def test_making_and_revoking_leave_entries(owner: Person, stranger: Person) -> None:
    actor = owner.user.as_actor()
    assert keys.revoke_key(owner.user, stranger.key.id, actor=actor) is False
    assert keys.revoke_key(owner.user, owner.key.id, actor=actor) is True
    assert keys.revoke_key(owner.user, owner.key.id, actor=actor) is False
    entries = Entry.objects.filter(object_id=str(owner.key.id)).order_by("id")
    assert [(entry.action, entry.account_id, entry.detail["masked_key"]) for entry in entries] == [
        ("api-key.created", owner.account.id, owner.key.masked),
        ("api-key.deleted", owner.account.id, owner.key.masked),
    ]


def test_last_use_is_noted_after_the_request_at_most_once_a_minute(
    owner: Person, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(note_key_use, "apply_async", lambda args: note_key_use(*args))
    authentication._uses.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.api.get("/api/me/").status_code == 200
    owner.key.refresh_from_db()
    assert (owner.key.last_used_at is not None, owner.key.last_used_from) == (True, "127.0.0.1")
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        assert owner.api.get("/api/me/").status_code == 200
    assert callbacks == []


def test_late_note_of_an_older_use_changes_nothing(owner: Person) -> None:
    newer = timezone.now()
    note_key_use(str(owner.key.id), newer.isoformat(), "10.0.0.1")
    note_key_use(str(owner.key.id), (newer - timedelta(minutes=5)).isoformat(), "10.0.0.2")
    note_key_use(str(owner.key.id), (newer + timedelta(minutes=5)).isoformat(), "")
    owner.key.refresh_from_db()
    assert (owner.key.last_used_at, owner.key.last_used_from) == (newer + timedelta(minutes=5), None)


def test_note_for_a_key_that_is_gone_does_no_harm(owner: Person) -> None:
    note_key_use(str(uuid4()), timezone.now().isoformat(), "10.0.0.1")


def test_sweep_drops_keys_that_expired_a_month_ago(owner: Person, stranger: Person) -> None:
    now, actor = timezone.now(), owner.user.as_actor()
    lately, _ = keys.create_key(owner.user, name="lately", expires_at=now - timedelta(days=29), actor=actor)
    keys.create_key(owner.user, name="long ago", expires_at=now - timedelta(days=31), actor=actor)
    drop_expired()
    assert set(ApiKey.objects.all()) == {owner.key, stranger.key, lately}
