"""Request, download and delete exports of the audit log. `export_writing` writes them."""

import zlib
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from core.errors import Conflict, Invalid, NotFound
from core.task_queue import enqueue_on_commit
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditExport, ExportPart

KEPT = timedelta(days=7)
MOST_UNFINISHED, MOST_KEPT = 2, 5  # of an account


@transaction.atomic
def request_export(account: Account, *, kind: str, entry_filter: EntryFilter, actor: Actor) -> AuditExport:
    """Save an export, which a task writes after the commit. The filter's days are those of the current time zone.

    A verifiable export contains all entries of the filter's period. Raises `Conflict` if the account has too many.
    """
    if kind not in (AuditExport.CSV, AuditExport.JSONL):
        raise Invalid("Choose CSV or a verifiable export.")
    lock_account(account.id)
    existing = list(AuditExport.objects.filter(account=account).values_list("finished_at", flat=True))
    if existing.count(None) >= MOST_UNFINISHED:
        raise Conflict(f"{MOST_UNFINISHED} exports are being written. Wait until one is ready.")
    if len(existing) >= MOST_KEPT:
        raise Conflict(f"An account keeps at most {MOST_KEPT} exports. Delete one that you do not need.")
    if kind == AuditExport.JSONL:
        entry_filter = EntryFilter(since=entry_filter.since, until=entry_filter.until)
    export = AuditExport.objects.create(
        account=account,
        actor_id=actor.id,
        actor_name=actor.name[:254],
        kind=kind,
        query=entry_filter.query_string(),
        time_zone=timezone.get_current_timezone_name(),
    )
    _record("audit-log.exported", export, actor=actor)
    enqueue_on_commit("workspaces.audit_log.tasks.write_export", str(export.id))
    return export


def find_export(account: Account, export_id: UUID) -> AuditExport:
    """Return an export of the account. Raises `NotFound` if there is none."""
    export = AuditExport.objects.filter(account=account, id=export_id).select_related("account").first()
    if export is None:
        raise NotFound
    return export


@transaction.atomic
def record_download(export: AuditExport, *, actor: Actor) -> None:
    """Record who downloads the file. Raises `Conflict` if it is not ready."""
    if not export.ready:
        raise Conflict("This export is not ready.")
    _record("audit-log.downloaded", export, actor=actor)


@transaction.atomic
def delete_export(export: AuditExport, *, actor: Actor) -> None:
    """Delete the file. A task that is writing it stops."""
    deleted, _ = AuditExport.objects.filter(id=export.id).delete()
    if deleted:
        _record("audit-log.export-deleted", export, actor=actor)


def drop_old_exports() -> None:
    """Delete the exports that have been kept long enough."""
    AuditExport.objects.filter(finished_at__lt=timezone.now() - KEPT).delete()


def file_parts(export: AuditExport) -> Iterator[bytes]:
    """Return the file, one part at a time."""
    for number in range(export.parts):
        part = ExportPart.objects.filter(export=export, number=number).values_list("content", flat=True).get()
        yield zlib.decompress(part)


def _record(action: str, export: AuditExport, *, actor: Actor) -> None:
    account = export.account
    record_for(
        account,
        action,
        actor=actor,
        object_id=account.id,
        object_name=account.handle,
        export=str(export.id),
        format=export.kind,
        filter=export.query[:1000],
    )
