"""SQL that is compiled once: the same rows as the ORM gives, all or nothing when sent together."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.models import Chain, Entry
from core.db.statements import Prepared, all_columns, fetch_both, insert, load, pipelined, update

pytestmark = pytest.mark.django_db


def entry(name: str) -> Entry:
    return Entry(action="a", actor_kind="system", object_name=name, occurred=timezone.now(), detail={"x": [1, None]})


by_id = Prepared(lambda wanted: Entry.objects.filter(id=wanted).values_list(*all_columns(Entry)))


def test_inserted_row_is_the_one_that_is_read() -> None:
    made = entry("one")
    insert(made)
    row = by_id.first(made.id)
    assert row is not None
    assert load(Entry, row).__dict__.items() >= {k: v for k, v in made.__dict__.items() if k != "_state"}.items()
    assert by_id.first(uuid.uuid4()) is None


def test_update_writes_only_the_named_columns() -> None:
    chain = Chain(account_id=uuid.uuid4(), position=1, hash=b"first")
    insert(chain)
    chain.position, chain.hash = 2, b"not written"
    update(chain, ("position",))
    chain.refresh_from_db()
    assert (chain.position, bytes(chain.hash)) == (2, b"first")


def test_two_queries_give_each_its_rows() -> None:
    first, second = entry("first"), entry("second")
    insert(first)
    insert(second)
    one, two = fetch_both(by_id, [first.id], by_id, [second.id])
    assert [load(Entry, row).object_name for row in one + two] == ["first", "second"]
    assert fetch_both(by_id, [uuid.uuid4()], by_id, [first.id])[0] == []


def test_together_is_one_round_trip_where_the_database_can() -> None:
    with CaptureQueriesContext(connection) as queries, pipelined():
        for name in ("a", "b", "c"):
            insert(entry(name))
    assert len(queries) == {"postgresql": 1, "sqlite": 3}[connection.vendor]
    assert set(Entry.objects.values_list("object_name", flat=True)) == {"a", "b", "c"}


def test_together_fails_as_a_whole() -> None:
    same = entry("same")
    with pytest.raises(DatabaseError), transaction.atomic(), pipelined():
        insert(entry("other"))
        insert(same)
        insert(same)
    assert Entry.objects.count() == 0


def test_what_raises_inside_together_sends_nothing() -> None:
    with pytest.raises(KeyError), transaction.atomic(), pipelined():
        insert(entry("one"))
        raise KeyError
    assert Entry.objects.count() == 0
    insert(entry("two"))
    assert Entry.objects.count() == 1


def test_a_value_that_is_no_plain_comparison_is_refused() -> None:
    wrong = Prepared(lambda wanted: Entry.objects.filter(object_name__contains=wanted).values_list("id"))
    with pytest.raises(TypeError):
        wrong.rows("x")
