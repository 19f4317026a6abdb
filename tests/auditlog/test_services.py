"""The record only grows."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from auditlog.actors import Actor, system
from auditlog.models import Entry
from auditlog.services import record

pytestmark = pytest.mark.django_db


def _record(**more: Any) -> Entry:
    record("thing.done", actor=system("retention"), object_id="7", object_name="seven", **more)
    return Entry.objects.latest("id")


def test_entry_holds_copies() -> None:
    account, workspace, user = uuid4(), uuid4(), uuid4()
    record(
        "thing.changed",
        actor=Actor("user", user, "Mia"),
        object_id=workspace,
        object_name="x" * 2000,
        account_id=account,
        workspace_id=workspace,
        changes={"name": {"from": "a", "to": "b"}},
    )
    entry = Entry.objects.get()
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("user", user, "Mia")
    assert (entry.account_id, entry.workspace_id, entry.object_id) == (account, workspace, str(workspace))
    assert (len(entry.object_name), entry.detail) == (1024, {"changes": {"name": {"from": "a", "to": "b"}}})


def test_system_actor_has_a_name_and_no_id() -> None:
    entry = _record()
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("system", None, "retention")


def test_keys_and_links_in_names_and_details_are_masked() -> None:
    key, link = "pnu_" + "x" * 43, "https://example.com/invitation/abcdef"
    record("thing.done", actor=system("tests"), object_id="7", object_name=f"key {key}", to=[{"from": link}], count=3)
    entry = Entry.objects.latest("id")
    assert entry.object_name == "key pnu_***"
    assert entry.detail == {"to": [{"from": "https://example.com/invitation/***"}], "count": 3}


def test_entry_goes_with_its_change() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _record()
        raise RuntimeError
    assert Entry.objects.count() == 0


def test_entries_are_never_changed_or_deleted() -> None:
    entry = _record()
    entry.action = "thing.undone"
    attempts: list[Any] = [
        entry.save,
        entry.delete,
        lambda: Entry.objects.update(action="x"),
        Entry.objects.all().delete,
        lambda: Entry.objects.filter(id=entry.id).update(action="x"),
        lambda: Entry.objects.bulk_update([entry], ["action"]),
        lambda: Entry.objects.update_or_create(id=entry.id, defaults={"action": "x"}),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    assert [one.action for one in Entry.objects.all()] == ["thing.done"]


def test_newest_stand_first() -> None:
    ids = [_record().id for _ in range(3)]
    assert [entry.id for entry in Entry.objects.all()] == ids[::-1]
