"""What streams and exports still need of an account's audit log, which retention keeps."""

from uuid import UUID

from django.db.models import Min

from workspaces.audit_log.models import AuditExport, AuditStream


def first_needed_position(account_id: UUID) -> int | None:
    """Return the position of the first entry that a stream has not sent or an export has not written, or None.

    A paused stream needs its entries, too. An export that has not begun does not know yet what it needs.
    """
    streams = AuditStream.objects.filter(account=account_id).aggregate(sent=Min("position"))["sent"]
    unfinished = AuditExport.objects.filter(account=account_id, finished_at=None, first__isnull=False)
    exports = unfinished.aggregate(first=Min("first"))["first"]
    return min((position for position in (None if streams is None else streams + 1, exports) if position), default=None)
