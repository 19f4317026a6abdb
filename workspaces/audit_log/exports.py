"""What an export of the audit log contains: CSV, or JSON lines whose hash chain anybody can verify.

`auditlog/verifier.py` verifies the JSON lines. Both are read in the order of the chain, a range of positions at a time.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import Account
from auditlog import signing
from auditlog.chains import COLUMNS, export_checkpoint, export_entry
from auditlog.models import Checkpoint, Entry, SigningKey
from auditlog.verifier import START
from core.csv_files import csv_text
from core.db.ids import first_id

_ID_DELAY = timedelta(minutes=1)  # more than there is between the time of an entry and that of its id
_CHECKPOINT_EVERY = 1_000  # entries
_CSV_COLUMNS = (
    "occurred", "action", "result", "actor_kind", "actor_id", "actor_name", "workspace_id", "object_id", "object_name",
    "address", "user_agent", "request_id", "id",
)  # fmt: skip


class EntriesMissing(Exception):
    """Entries of a verifiable export were removed while it was written."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period from `begin` (inclusive) to `end` (exclusive). None means no limit."""

    begin: datetime | None = None
    end: datetime | None = None

    def apply(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Return the entries of the period. Their ids begin with the time, too, and have an index."""
        if self.begin:
            entries = entries.filter(occurred__gte=self.begin, id__gte=first_id(self.begin - _ID_DELAY))
        if self.end:
            entries = entries.filter(occurred__lt=self.end, id__lt=first_id(self.end + _ID_DELAY))
        return entries


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a file, and how many entries are in it."""

    text: str
    entries: int = 0


def positions(account: Account, period: Period) -> tuple[int, int]:
    """Return the first and last position of a period. The last one has a checkpoint.

    So the range has all chained entries of the period, and those after it that were chained in the same batch.
    """
    chained = Entry.objects.filter(account_id=account.id, position__isnull=False)
    found = period.apply(chained).order_by("position").values_list("position", flat=True)
    first, last = found.first(), found.last()
    if first is None or last is None:
        return 1, 0
    end = Checkpoint.objects.filter(account_id=account.id, position__gte=last).order_by("position").first()
    return first, end.position if end else last


def csv_header() -> Text:
    return Text(csv_text([[*_CSV_COLUMNS, "detail"]]))


def csv_lines(entries: QuerySet[Entry], first: int, last: int) -> Text:
    """Return those of the entries with these positions as CSV. The last column has the details as JSON."""
    rows = entries.filter(position__range=(first, last)).order_by("position").values(*_CSV_COLUMNS, "detail")
    lines = [
        [*(_csv_cell(row[name]) for name in _CSV_COLUMNS), json.dumps(row["detail"], ensure_ascii=False)]
        for row in rows
    ]
    return Text(csv_text(lines), len(lines))


def chain_header(account: Account, first: int, last: int) -> Text:
    """Return the first line of a verifiable export: the keys, some checkpoints, and the hash before the first entry."""
    before = Entry.objects.filter(account_id=account.id, position=first - 1).values_list("hash", flat=True).first()
    if before is None:
        stub = Checkpoint.objects.filter(account_id=account.id, position=first - 1, pruned=True).first()
        before = stub.hash if stub else START
    header: dict[str, object] = {
        "type": "audit-export",
        "account_id": str(account.id),
        "handle": account.handle,
        "start": {"position": first - 1, "hash": bytes(before).hex()},
        "checkpoints": [asdict(export_checkpoint(row)) for row in _checkpoints(account, first, last)],
        "keys": [asdict(signing.export_key(key)) for key in SigningKey.objects.order_by("created")],
    }
    return Text(_json_line(header))


def chain_lines(account: Account, first: int, last: int) -> Text:
    """Return the entries at these positions as JSON lines. Raises `EntriesMissing` if one is not there."""
    rows = Entry.objects.filter(account_id=account.id, position__range=(first, last)).order_by("position")
    lines = [_json_line(export_entry(row)) for row in rows.values(*COLUMNS)]
    if len(lines) != last - first + 1:
        raise EntriesMissing
    return Text("".join(lines), len(lines))


def _checkpoints(account: Account, first: int, last: int) -> list[Checkpoint]:
    """Return the last checkpoint of a range, and some before it: each confirms all entries up to it."""
    chosen: list[Checkpoint] = []
    rows = Checkpoint.objects.filter(account_id=account.id, pruned=False, position__range=(first, last))
    following = first + _CHECKPOINT_EVERY
    while (checkpoint := rows.filter(position__gte=min(following, last)).order_by("position").first()) is not None:
        chosen.append(checkpoint)
        if checkpoint.position == last:
            break
        following = checkpoint.position + _CHECKPOINT_EVERY
    return chosen


def _json_line(value: dict[str, object]) -> str:
    return json.dumps(value) + "\n"


def _csv_cell(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
