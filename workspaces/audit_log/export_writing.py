"""Write exports of the audit log in the background, in parts that are saved with the progress.

A worker claims an export and renews the claim with each part. If it is killed, the sweep continues after the last part.
"""

import logging
import time
import zlib
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from auditlog.chains import chain_account
from auditlog.models import Entry
from core.pages.time_zones import UTC, find_time_zone
from core.task_queue import enqueue_on_commit
from workspaces.audit_log.exports import (
    EntriesMissing,
    Text,
    chain_header,
    chain_lines,
    csv_header,
    csv_lines,
    positions,
)
from workspaces.audit_log.filters import EntryFilter, read_filter
from workspaces.audit_log.mail import mail_result
from workspaces.audit_log.models import AuditExport, ExportPart

POSITIONS_AT_ONCE = 1_000
LARGEST = 200_000_000  # bytes of all parts, compressed
LEASE = timedelta(minutes=2)  # longer than a part takes; after that the worker is presumed dead
ATTEMPTS = 5  # without progress
_TURN = 20.0  # seconds; then another task continues, so that other work of this thread is not held up

logger = logging.getLogger("bailiwick.audit")


class _ClaimLost(Exception):
    """The export was deleted, or another worker continues it."""


def write_export(export_id: UUID) -> None:
    """Write an export, or the next parts of a long one. Safe to call twice: only one worker claims it."""
    export = _claim(export_id)
    if export is None:
        return
    try:
        if export.attempts > ATTEMPTS:
            _finish(export, "This export could not be written. An operator finds the reason in the log of the workers.")
        else:
            _write(export)
    except EntriesMissing:
        _finish(export, "Entries were removed while this export was written. Export again.")
    except _ClaimLost:
        logger.info("The export %s was deleted, or is written by another worker.", export_id)


def _write(export: AuditExport) -> None:
    """Write parts until the file is complete or the turn ends."""
    turn_ends = time.monotonic() + _TURN
    with timezone.override(find_time_zone(export.time_zone) or UTC):
        entry_filter = read_filter(QueryDict(export.query))
    if export.last is None:
        _begin(export, entry_filter)
    entries = _entries(export, entry_filter)
    while not _finish_if_complete(export):
        _write_next(export, entries)
        if time.monotonic() > turn_ends:
            _pass_on(export)
            return


def resume_exports() -> None:
    """Queue what a broker lost or a killed worker left."""
    for export_id in _free().order_by("id").values_list("id", flat=True):
        enqueue_on_commit("workspaces.audit_log.tasks.write_export", str(export_id))


def _free() -> QuerySet[AuditExport]:
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - LEASE)
    return AuditExport.objects.filter(unclaimed, finished_at=None, account__trashed_at=None)


def _claim(export_id: UUID) -> AuditExport | None:
    """Claim an export. Count the attempt first, because it may kill the worker."""
    if not _free().filter(id=export_id).update(claimed_at=timezone.now(), attempts=F("attempts") + 1):
        return None
    return AuditExport.objects.select_related("account").filter(id=export_id).first()


def _begin(export: AuditExport, entry_filter: EntryFilter) -> None:
    """Fix the range of the file, after the newest entries have got their place in the chain."""
    chain_account(export.account_id, wait=True)
    first, last = positions(export.account, entry_filter.period)
    as_csv = export.kind == AuditExport.CSV
    header = csv_header() if as_csv else chain_header(export.account, first, last)
    _save(export, header, first=first, last=last, position=first - 1)


def _entries(export: AuditExport, entry_filter: EntryFilter) -> QuerySet[Entry]:
    entries = Entry.objects.filter(account_id=export.account_id, position__lte=export.last)
    return entry_filter.apply(entries)


def _write_next(export: AuditExport, entries: QuerySet[Entry]) -> None:
    first = export.position + 1
    last = min(export.position + POSITIONS_AT_ONCE, export.last or 0)
    if export.kind == AuditExport.CSV:
        text = csv_lines(entries, first, last)
    else:
        text = chain_lines(export.account, first, last)
    _save(export, text, position=last)


def _finish_if_complete(export: AuditExport) -> bool:
    if export.stored > LARGEST:
        _finish(export, "The file would be too large. Choose a shorter period.")
    elif export.position >= (export.last or 0):
        _finish(export)
    else:
        return False
    return True


@transaction.atomic
def _save(export: AuditExport, text: Text, **progress: int) -> None:
    """Save the next part together with the progress. Raises `_ClaimLost` if the export is not ours any more."""
    content = text.text.encode()
    packed = zlib.compress(content) if content else b""
    number = export.parts
    changes = progress | {
        "entries": export.entries + text.entries,
        "size": export.size + len(content),
        "stored": export.stored + len(packed),
        "parts": export.parts + bool(content),
        "attempts": 0,
    }
    _update(export, claimed_at=timezone.now(), **changes)
    if content:
        ExportPart.objects.create(account_id=export.account_id, export=export, number=number, content=packed)


@transaction.atomic
def _finish(export: AuditExport, problem: str = "") -> None:
    _update(export, finished_at=timezone.now(), problem=problem)
    if problem:
        ExportPart.objects.filter(export=export).delete()
    mail_result(export)


@transaction.atomic
def _pass_on(export: AuditExport) -> None:
    _update(export, claimed_at=None)
    enqueue_on_commit("workspaces.audit_log.tasks.write_export", str(export.id))


def _update(export: AuditExport, **changes: object) -> None:
    """Change the row if we still hold the claim. Raises `_ClaimLost` otherwise."""
    ours = AuditExport.objects.filter(id=export.id, claimed_at=export.claimed_at, finished_at=None)
    if not ours.update(**changes):
        raise _ClaimLost
    for name, value in changes.items():
        setattr(export, name, value)
