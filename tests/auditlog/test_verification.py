"""Whoever changes the audit log in the database is found out."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone

from auditlog import chains, signing, verification
from auditlog.actors import system
from auditlog.chains import NO_ACCOUNT, chain_new_entries, prune
from auditlog.models import Chain, Checkpoint, Entry, SigningKey
from auditlog.services import record
from auditlog.verification import verify_chain
from auditlog.verifier import key_id
from core.db.ids import new_id
from core.digests import hash_keys
from tests.auditlog.chain import chained, execute, triggers_off


def test_untouched_chain_is_valid(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "BATCH", 4)
    account_id = chained(10, batches=2)
    report = verify_chain(account_id)
    assert (report.problem, report.entries, report.last) == ("", 10, 10)
    assert report.checkpoints == Checkpoint.objects.filter(account_id=account_id).count() == 4


def test_entries_without_an_account_have_a_chain(db: None) -> None:
    record("user.deleted", actor=system("tests"), object_id="x")
    chain_new_entries()
    assert verify_chain(NO_ACCOUNT).entries == 1


def test_chains_of_accounts_are_apart(db: None) -> None:
    first, second = chained(3), chained(2)
    assert [verify_chain(account).last for account in (first, second)] == [3, 2]


def _cut_end(account: UUID) -> None:
    execute("DELETE FROM auditlog_entry WHERE position > 4 AND account_id = %s", account)
    execute("DELETE FROM auditlog_checkpoint WHERE position > 4 AND account_id = %s", account)


DAMAGE: dict[str, tuple[Callable[[UUID], object], str]] = {
    "changed": (
        lambda account: execute(
            "UPDATE auditlog_entry SET actor_name = 'x' WHERE position = 4 AND account_id = %s", account
        ),
        r"at position 4 \(.+\) was changed",
    ),
    "changed detail": (
        lambda account: execute(
            "UPDATE auditlog_entry SET detail = '{}' WHERE position = 4 AND account_id = %s", account
        ),
        r"at position 4 \(.+\) was changed",
    ),
    "removed": (
        lambda account: execute("DELETE FROM auditlog_entry WHERE position = 4 AND account_id = %s", account),
        "at position 4 is missing",
    ),
    "swapped": (
        lambda account: execute(
            "UPDATE auditlog_entry SET position = 9 - position WHERE position IN (4, 5) AND account_id = %s", account
        ),
        r"at position 4 \(.+\) was changed or moved",
    ),
    "beginning cut": (
        lambda account: execute("DELETE FROM auditlog_entry WHERE position < 4 AND account_id = %s", account),
        "at position 1 is missing",
    ),
    "end cut": (
        lambda account: execute("DELETE FROM auditlog_entry WHERE position > 4 AND account_id = %s", account),
        "from position 5 to 8 are missing",
    ),
    "end cut with its checkpoints": (
        _cut_end,
        "position 8 is noted as its end",
    ),
    "all removed": (
        lambda account: execute("DELETE FROM auditlog_entry WHERE account_id = %s", account),
        "from position 1 to 8 are missing",
    ),
    "checkpoint forged": (
        lambda account: execute(
            "UPDATE auditlog_checkpoint SET position = 5 WHERE position = 4 AND account_id = %s", account
        ),
        "checkpoint at position 5 is not signed",
    ),
    "checkpoint of the end removed": (
        lambda account: execute("DELETE FROM auditlog_checkpoint WHERE position = 8 AND account_id = %s", account),
        "No checkpoint confirms the entries up to position 8",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(db: None, damage: str) -> None:
    account_id = chained(8, batches=2)
    with triggers_off():
        DAMAGE[damage][0](account_id)
    assert_problem(account_id, DAMAGE[damage][1])


def test_inserted_entry_is_found(db: None) -> None:
    account_id = chained(8, batches=2)
    forged = Entry.objects.get(account_id=account_id, position=4)
    forged.id, forged._state.adding = new_id(), True
    forged.save()
    assert_problem(account_id, r"at position 4 \(.+\) was inserted")


def test_chain_that_was_computed_anew_is_found(db: None) -> None:
    """The attacker knows how hashes are made, but not the key that signs checkpoints."""
    account_id = chained(8, batches=2)
    with triggers_off():
        execute("UPDATE auditlog_entry SET actor_name = 'x' WHERE position = 2 AND account_id = %s", account_id)
        execute("UPDATE auditlog_entry SET position = NULL WHERE account_id = %s", account_id)
        Chain.objects.filter(account_id=account_id).update(position=0, hash=bytes(32))
        genuine = Checkpoint.objects.filter(account_id=account_id).latest("position").id
        chains.chain_batch(account_id)
        execute("DELETE FROM auditlog_checkpoint WHERE account_id = %s AND id > %s", account_id, genuine)
    assert_problem(account_id, "Entries between positions 1 and 4 were rewritten")


COLUMNS: dict[str, Callable[[], object]] = {
    "occurred": timezone.now, "action": lambda: "x", "result": lambda: "failure", "actor_kind": lambda: "x",
    "actor_id": new_id, "actor_name": lambda: "x", "account_id": new_id, "workspace_id": new_id,
    "object_id": lambda: "x", "object_name": lambda: "x", "detail": lambda: '{"a": 1}', "request_id": new_id,
    "address": lambda: "10.0.0.1", "user_agent": lambda: "x", "position": lambda: 77, "hash": lambda: bytes(32),
    "id": new_id,
}  # fmt: skip


def test_every_column_counts(db: None) -> None:
    assert set(COLUMNS) == {field.column for field in Entry._meta.fields}
    account_id = chained(4)
    row = Entry.objects.get(account_id=account_id, position=2)
    with triggers_off():
        for column, value in COLUMNS.items():
            kept = getattr(row, column)
            QuerySet(Entry).filter(id=row.id).update(**{column: value()})
            assert verify_chain(account_id).problem, column
            if column != "id":
                QuerySet(Entry).filter(id=row.id).update(**{column: kept})
                assert not verify_chain(account_id).problem, column


def test_saved_checkpoints_find_a_log_that_was_cut_everywhere(db: None, tmp_path: Path) -> None:
    account_id = chained(8, batches=2)
    saved = tmp_path / "checkpoints.jsonl"
    call_command("verify_audit", save_checkpoints=saved, stdout=StringIO())
    with triggers_off():
        _cut_end(account_id)
        end = Checkpoint.objects.get(account_id=account_id, position=4)
        Chain.objects.filter(account_id=account_id).update(position=4, hash=end.hash)
    call_command("verify_audit", stdout=StringIO())
    with pytest.raises(CommandError, match="1 of "):
        call_command("verify_audit", checkpoints=saved, stdout=StringIO(), stderr=(errors := StringIO()))
    assert "from position 5 to 8 are missing" in errors.getvalue()


def test_pruning_leaves_a_signed_stub(db: None) -> None:
    account_id = chained(8, batches=2)
    old = list(Entry.objects.filter(account_id=account_id).order_by("position")[:5])
    assert prune(account_id, before=old[-1].occurred + timedelta(microseconds=1)) == 5
    assert Entry.objects.filter(account_id=account_id).count() == 3
    chained(2, account_id=account_id)
    report = verify_chain(account_id)
    assert (report.problem, report.first, report.entries, report.last) == ("", 6, 5, 10)
    with triggers_off():
        execute("DELETE FROM auditlog_entry WHERE position = 6 AND account_id = %s", account_id)
    assert_problem(account_id, "at position 6 is missing")


def test_pruning_everything_and_nothing(db: None) -> None:
    account_id = chained(3)
    assert prune(account_id, before=timezone.now() - timedelta(days=1)) == 0
    assert prune(account_id, before=timezone.now() + timedelta(days=1)) == 3
    assert prune(account_id, before=timezone.now() + timedelta(days=1)) == 0
    assert (verify_chain(account_id).problem, verify_chain(account_id).last) == ("", 3)
    assert prune(new_id(), before=timezone.now()) == 0


def test_stub_that_we_did_not_sign_hides_nothing(db: None) -> None:
    account_id = chained(8, batches=2)
    with triggers_off():
        execute("DELETE FROM auditlog_entry WHERE position <= 4 AND account_id = %s", account_id)
        execute("UPDATE auditlog_checkpoint SET pruned = %s WHERE position = 4 AND account_id = %s", True, account_id)
    assert_problem(account_id, "checkpoint at position 4 is not signed")


@pytest.fixture
def fresh_keys() -> Iterator[None]:
    caches = (hash_keys, signing.private_keys)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def change_secret(settings: Any, secret: str) -> None:
    """Change SECRET_KEY as docs/install.md says: the old one becomes a fallback until the next change."""
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], secret
    hash_keys.cache_clear()
    signing.private_keys.cache_clear()


def test_old_checkpoints_stay_valid_when_the_secret_changes(db: None, settings: Any, fresh_keys: None) -> None:
    account_id = chained(2)
    first = settings.SECRET_KEY
    for secret in ("second", "third", first):
        change_secret(settings, secret)
        chained(2, account_id=account_id)
    assert SigningKey.objects.count() == 3
    settings.SECRET_KEY_FALLBACKS = []
    assert verify_chain(account_id).problem == ""
    SigningKey.objects.filter(endorsed_by__isnull=False).update(endorsement=bytes(64))
    signing.private_keys.cache_clear()
    hash_keys.cache_clear()
    assert_problem(account_id, "checkpoint at position 4 is not signed by a trusted key")


def test_key_that_somebody_added_to_the_database_is_never_endorsed(db: None, settings: Any, fresh_keys: None) -> None:
    planted = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    account_id = chained(2)
    SigningKey.objects.create(id=key_id(planted), public_key=planted, created=timezone.now())
    change_secret(settings, "second")
    chained(2, account_id=account_id)
    assert verify_chain(account_id).problem == ""
    assert key_id(planted) not in signing.trusted_public_keys()


def test_entries_chained_during_a_check_are_no_damage(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    account_id = chained(3)
    read = chains.chained_entries

    def chain_more_meanwhile(*args: Any, **kwargs: Any) -> Any:
        chained(2, account_id=account_id)
        return read(*args, **kwargs)

    monkeypatch.setattr(verification, "chained_entries", chain_more_meanwhile)
    report = verify_chain(account_id)
    assert (report.problem, report.last) == ("", 3)


@pytest.mark.parametrize("position", [-5, 0, 99])
def test_entry_outside_of_the_chain_is_found(db: None, position: int) -> None:
    account_id = chained(3)
    forged = Entry.objects.get(account_id=account_id, position=2)
    forged.id, forged.position, forged._state.adding = new_id(), position, True
    forged.save()
    assert_problem(account_id, rf"at position {position} \(.+\) was inserted")


def test_unknown_account_is_an_error(db: None) -> None:
    with pytest.raises(CommandError, match="There is no audit log"):
        call_command("verify_audit", account=new_id(), stdout=StringIO())


def assert_problem(account_id: UUID, pattern: str) -> None:
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=StringIO(), stderr=(errors := StringIO()))
    assert str(account_id) in errors.getvalue()
    assert re.search(pattern, verify_chain(account_id).problem), verify_chain(account_id).problem
