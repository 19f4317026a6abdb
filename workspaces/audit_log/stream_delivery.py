"""Send new entries of the audit log to the addresses of its streams, in order and at least once.

A task sends for one stream. It claims the stream, and no transaction is open while the receiver is contacted. If a
worker is killed between the request and the saved position, the same entries are sent again with the same ids.
"""

import hmac
import json
import threading
import time
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from auditlog.chains import COLUMNS, export_entry
from auditlog.models import Chain, Entry
from core.errors import Invalid
from core.outgoing import RequestFailed, post
from core.secret_text import Undecipherable, decrypt
from core.task_queue import enqueue_on_commit
from workspaces.audit_log.mail import mail_failing_stream
from workspaces.audit_log.models import AuditStream

BATCH, BATCH_BYTES = 500, 1_000_000
LEASE = timedelta(minutes=2)  # longer than a request takes; after that the worker is presumed dead
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=10), timedelta(hours=1)
MAIL_AFTER = 9  # failures in a row, which take more than 40 minutes
MOST_AT_ONCE = 2  # of one process, which has other tasks to do
_TURN = 10.0  # seconds; then other streams get their turn
_QUICK = 1.0  # second; a request that takes longer delays the next turn by as many seconds as it took times this:
_SLOW_FACTOR = 5

_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


def queue_due_streams() -> None:
    """Queue the streams that have something to send, those that waited longest first."""
    newer = Chain.objects.filter(account_id=OuterRef("account_id"), position__gt=OuterRef("position"))
    due = _free(AuditStream.objects.filter(Exists(newer))).order_by("next_attempt_at")
    for stream_id in due.values_list("id", flat=True):
        enqueue_on_commit("workspaces.audit_log.tasks.deliver_stream", str(stream_id))


def deliver(stream_id: UUID) -> None:
    """Send the next batches of a stream. Safe to call twice: only one worker claims it.

    Does nothing if this process is busy with other streams. The next sweep queues the stream again.
    """
    if not _slots.acquire(blocking=False):
        return
    try:
        stream = _claim(stream_id)
        if stream is not None:
            _send_batches(stream)
    finally:
        _slots.release()


def send_test(stream_id: UUID) -> None:
    """Send a message without entries, and save what came of it."""
    stream = AuditStream.objects.filter(id=stream_id).first()
    if stream is None:
        return
    problem = "Other streams are being sent. Test again in a few seconds."
    if _slots.acquire(blocking=False):
        try:
            problem = _send(stream, json.dumps({"type": "test"}).encode() + b"\n", f"{stream.id}:test")
        finally:
            _slots.release()
    AuditStream.objects.filter(id=stream_id).update(test_result=problem or "The test was delivered.")


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header that proves who sent the body, and when."""
    digest = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()
    return f"t={timestamp},v1={digest}"


def retry_delay(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 10 seconds, doubled with each, at most an hour."""
    doublings = min(failures - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


def _free(streams: QuerySet[AuditStream]) -> QuerySet[AuditStream]:
    now = timezone.now()
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    return streams.filter(unclaimed, paused_at=None, next_attempt_at__lte=now, account__trashed_at=None)


def _claim(stream_id: UUID) -> AuditStream | None:
    now = timezone.now()
    if not _free(AuditStream.objects.filter(id=stream_id)).update(claimed_at=now):
        return None
    return AuditStream.objects.filter(id=stream_id, claimed_at=now).first()


def _send_batches(stream: AuditStream) -> None:
    turn_ends, slow_seconds = time.monotonic() + _TURN, 0.0
    while time.monotonic() < turn_ends:
        lines, last = _next_batch(stream)
        if not lines:
            break
        begun = time.monotonic()
        problem = _send(stream, b"".join(lines), f"{stream.id}:{stream.position + 1}-{last}")
        seconds = time.monotonic() - begun
        slow_seconds += seconds if seconds > _QUICK else 0
        if problem:
            _save_failure(stream, problem)
            return
        if not _save_delivery(stream, last):
            return
    next_turn = timezone.now() + timedelta(seconds=slow_seconds * _SLOW_FACTOR)
    _ours(stream).update(claimed_at=None, next_attempt_at=next_turn)


def _next_batch(stream: AuditStream) -> tuple[list[bytes], int]:
    """Return the next entries as JSON lines, and the position of the last one."""
    rows = Entry.objects.filter(account_id=stream.account_id, position__gt=stream.position).order_by("position")
    lines: list[bytes] = []
    size, last = 0, stream.position
    for row in rows.values(*COLUMNS)[:BATCH]:
        line = json.dumps(export_entry(row)).encode() + b"\n"
        size += len(line)
        if lines and size > BATCH_BYTES:
            break
        lines.append(line)
        last = row["position"]
    return lines, last


def _send(stream: AuditStream, body: bytes, delivery: str) -> str:
    """Send a signed body. Return what went wrong, or an empty text."""
    timestamp = int(time.time())
    try:
        headers = {
            "Content-Type": "application/x-ndjson",
            "User-Agent": "Bailiwick",
            "Bailiwick-Delivery": delivery,
            "Bailiwick-Signature": signature(decrypt(stream.secret), timestamp, body),
        }
        status = post(stream.address, body, headers)
    except Undecipherable:
        return "The secret cannot be read, because SECRET_KEY was changed. Create the stream again."
    except Invalid as error:
        return " ".join(error.messages)
    except RequestFailed as error:
        return str(error)
    return "" if 200 <= status < 300 else f"The host answered with the status {status}."


def _save_delivery(stream: AuditStream, last: int) -> bool:
    """Save the position and renew the claim. Returns False if the stream was paused, deleted or taken over."""
    now = timezone.now()
    saved = _ours(stream).update(position=last, delivered_at=now, failures=0, last_error="", claimed_at=now)
    stream.position, stream.claimed_at = last, now
    if saved and _ours(stream).filter(paused_at__isnull=False).update(claimed_at=None):
        return False
    return bool(saved)


@transaction.atomic
def _save_failure(stream: AuditStream, problem: str) -> None:
    failures = stream.failures + 1
    saved = _ours(stream).update(
        claimed_at=None,
        failures=failures,
        last_error=problem,
        next_attempt_at=timezone.now() + retry_delay(failures),
    )
    if saved and failures == MAIL_AFTER:
        stream.failures, stream.last_error = failures, problem
        mail_failing_stream(stream)


def _ours(stream: AuditStream) -> QuerySet[AuditStream]:
    """Return the stream's row if we still hold the claim."""
    return AuditStream.objects.filter(id=stream.id, claimed_at=stream.claimed_at)
