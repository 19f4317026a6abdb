"""The database itself refuses to change or delete audit entries."""

from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from auditlog.actors import system
from auditlog.models import Checkpoint, Entry
from auditlog.services import record
from tests.auditlog.chain import chained, execute

REFUSED = "never changed or deleted"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE auditlog_entry SET actor_name = 'somebody else' WHERE account_id = %s",
        "UPDATE auditlog_entry SET position = 7 WHERE account_id = %s",
        "UPDATE auditlog_entry SET position = NULL WHERE account_id = %s",
        "DELETE FROM auditlog_entry WHERE account_id = %s",
        "UPDATE auditlog_checkpoint SET position = 1 WHERE account_id = %s",
        "DELETE FROM auditlog_checkpoint WHERE account_id = %s",
    ],
)
def test_chained_entries_and_checkpoints_stay(db: None, sql: str) -> None:
    account_id = chained(2)
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        execute(sql, account_id)
    assert Entry.objects.filter(account_id=account_id).count() == 2
    assert Checkpoint.objects.filter(account_id=account_id).count() == 1


@pytest.mark.parametrize(
    "change",
    ["actor_name = 'x'", "position = 1, detail = '{}'", "position = 1, occurred = '2020-01-01'", "hash = NULL"],
)
def test_new_entry_only_gets_its_place_in_the_chain(db: None, change: str) -> None:
    account_id = UUID(int=7)
    record("team.created", actor=system("tests"), account_id=account_id, object_id="x", fields=["name"])
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        execute(f"UPDATE auditlog_entry SET {change} WHERE account_id = %s", account_id)
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        execute("DELETE FROM auditlog_entry WHERE account_id = %s", account_id)


def test_entry_is_not_replaced_by_one_with_its_id(db: None) -> None:
    account_id = chained(1)
    columns = ", ".join(str(field.column) for field in Entry._meta.fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
        execute(
            f"{verb} INTO auditlog_entry ({columns}) SELECT {columns} FROM auditlog_entry WHERE account_id = %s",
            account_id,
        )


def test_truncate_is_refused(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE.")
    chained(1)
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        execute("RESET ROLE")  # the processes may not even try
        execute("TRUNCATE auditlog_entry")
