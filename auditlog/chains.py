"""Add entries of the audit log to the hash chain of their account, seconds after they were written.

Writing an entry only inserts it, so that concurrent changes of one account do not wait for each other. This module then
assigns positions and hashes, and signs a checkpoint after each batch (docs/audit-log.md).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from auditlog.models import Chain, Checkpoint, Entry, Pruning
from auditlog.signing import current_key, sign
from auditlog.verifier import FIELDS, START, SignedCheckpoint, entry_hash

NO_ACCOUNT = UUID(int=0)
BATCH = 2_000
_READ_AT_ONCE = 5_000
COLUMNS = (*FIELDS, "hash")


def chain_new_entries() -> int:
    """Chain all entries that are not chained yet, and return how many there were."""
    waiting = Entry.objects.filter(position=None).order_by().values_list("account_id", flat=True).distinct()
    return sum(chain_account(account_id) for account_id in list(waiting))


def chain_account(account_id: UUID | None, *, wait: bool = False) -> int:
    """Chain the new entries of one account, and return how many there were.

    With `wait`, all entries that are committed now are chained when this returns. Otherwise entries that another
    process is chaining are left to it.
    """
    total = 0
    while chained := chain_batch(account_id, wait=wait):
        total += chained
        if chained < BATCH:
            break
    return total


@transaction.atomic
def chain_batch(account_id: UUID | None, *, wait: bool = False) -> int:
    """Chain up to BATCH entries of an account and return their number.

    If another process is chaining them, wait for it, or return 0.
    """
    chain_id = account_id or NO_ACCOUNT
    Chain.objects.get_or_create(account_id=chain_id, defaults={"hash": START})
    chain = Chain.objects.select_for_update(skip_locked=not wait).filter(account_id=chain_id).first()
    if chain is None:
        return 0
    new = Entry.objects.filter(account_id=account_id, position=None).order_by("id")[:BATCH]
    places: list[tuple[int, bytes, Any, Any]] = []
    id_field: Any = Entry._meta.get_field("id")
    occurred_field: Any = Entry._meta.get_field("occurred")
    for entry in new.values(*COLUMNS):
        chain.position += 1
        chain.hash = entry_hash(bytes(chain.hash), export_entry(entry | {"position": chain.position}))
        key = id_field.get_db_prep_value(entry["id"], connection)
        occurred = occurred_field.get_db_prep_value(entry["occurred"], connection)
        places.append((chain.position, chain.hash, key, occurred))
    if places:
        with connection.cursor() as cursor:
            # The time says in which partition an entry is.
            cursor.executemany(
                "UPDATE auditlog_entry SET position = %s, hash = %s WHERE id = %s AND occurred = %s", places
            )
        chain.save()
        add_checkpoint(chain_id, chain.position, bytes(chain.hash))
    return len(places)


def add_checkpoint(chain_id: UUID, position: int, digest: bytes, *, pruned: bool = False) -> None:
    """Sign and store that the chain has this hash at this position."""
    checkpoint = Checkpoint(
        account_id=chain_id, position=position, hash=digest, pruned=pruned, signed_at=timezone.now(), key=current_key()
    )
    checkpoint.signature = sign(export_checkpoint(checkpoint).message, checkpoint.key)
    checkpoint.save(force_insert=True)


@transaction.atomic
def prune(account_id: UUID | None, *, before: datetime, most: int | None = None, keep_from: int | None = None) -> int:
    """Delete the oldest chained entries, up to the first that is not before `before`, and at most `most`.

    Entries from the position `keep_from` on stay. A signed checkpoint marks the place where the deleted ones were.
    Returns how many were deleted. An entry before that time stays if it was chained after an entry that stays.
    """
    chain_id = account_id or NO_ACCOUNT
    chain = Chain.objects.select_for_update().filter(account_id=chain_id).first()
    if chain is None:
        return 0
    chained = _chained(account_id)
    last = _last_to_prune(chain, chained, before, keep_from)
    if most is not None:
        first = chained.order_by("position").values_list("position", flat=True).first()
        last = min(last, (first or 0) + most - 1)
    final = chained.filter(position=last).values_list("hash", flat=True).first()
    if final is None:
        return 0
    marker = Pruning.objects.create(started=timezone.now())
    deleted, _ = chained.filter(position__lte=last).delete()
    Checkpoint.objects.filter(account_id=chain_id, position__lte=last).delete()
    marker.delete()
    add_checkpoint(chain_id, last, bytes(final), pruned=True)
    return deleted


def count_prunable(account_id: UUID | None, *, before: datetime, keep_from: int | None = None) -> int:
    """Return how many entries `prune` would delete in all."""
    chain = Chain.objects.filter(account_id=account_id or NO_ACCOUNT).first()
    if chain is None:
        return 0
    chained = _chained(account_id)
    return chained.filter(position__lte=_last_to_prune(chain, chained, before, keep_from)).count()


def _chained(account_id: UUID | None) -> QuerySet[Entry]:
    # Entry.objects refuses to delete.
    return QuerySet(Entry).filter(account_id=account_id, position__isnull=False)


def _last_to_prune(chain: Chain, chained: QuerySet[Entry], before: datetime, keep_from: int | None) -> int:
    """Return the position of the last entry before the first that stays."""
    kept = chained.filter(occurred__gte=before).order_by("position").values_list("position", flat=True).first()
    last = (kept if kept is not None else chain.position + 1) - 1
    return last if keep_from is None else min(last, keep_from - 1)


def chained_entries(account_id: UUID | None, *, until: int) -> Iterator[dict[str, Any]]:
    """Return the entries up to a position, in the form that is hashed and exported."""
    entries = Entry.objects.filter(account_id=account_id, position__lte=until).order_by("position", "id")
    remaining = entries
    while rows := list(remaining.values(*COLUMNS)[:_READ_AT_ONCE]):
        yield from map(export_entry, rows)
        position, entry_id = rows[-1]["position"], rows[-1]["id"]
        remaining = entries.filter(Q(position__gt=position) | Q(position=position, id__gt=entry_id)).filter(
            position__gte=position  # a condition of its own, which the index supports
        )


def export_entry(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of `Entry.objects.values(*COLUMNS)` in its exported form: ids, times and hash as strings."""
    digest = row["hash"]
    return row | {
        "id": str(row["id"]),
        "occurred": row["occurred"].isoformat(),
        "actor_id": _text(row["actor_id"]),
        "account_id": _text(row["account_id"]),
        "workspace_id": _text(row["workspace_id"]),
        "request_id": _text(row["request_id"]),
        "hash": digest and bytes(digest).hex(),
    }


def export_checkpoint(checkpoint: Checkpoint) -> SignedCheckpoint:
    """Return a checkpoint in its exported form, which is the form that is signed."""
    return SignedCheckpoint(
        account_id=str(checkpoint.account_id),
        position=checkpoint.position,
        hash=bytes(checkpoint.hash).hex(),
        pruned=checkpoint.pruned,
        signed_at=checkpoint.signed_at.isoformat(),
        key=checkpoint.key_id,
        signature=bytes(checkpoint.signature).hex(),
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
