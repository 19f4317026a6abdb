"""Create, pause, resume, test and delete streams of the audit log. `stream_delivery` sends their entries."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from accounts.services.access import check_access_stands
from auditlog.actors import Actor
from auditlog.models import Chain
from core.db.unique import refuse_taken
from core.errors import Conflict, NotFound
from core.outgoing import check_receiver
from core.secret_text import encrypt
from core.task_queue import enqueue_on_commit
from orgs.models.plans import AUDIT_STREAMS
from orgs.plans import require_feature
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from workspaces.audit_log.models import AuditStream

MOST_STREAMS = 3  # of an account
_TEST_EVERY = timedelta(seconds=10)


def create_stream(account: Account, *, address: str, actor: Actor) -> tuple[AuditStream, str]:
    """Create a stream of the entries from now on, and return it with its secret, which is not shown again.

    Raises `Invalid` if requests may not go to the address, `Conflict` if the account has too many streams, and
    `Forbidden` if its plan has none.
    """
    require_feature(account, AUDIT_STREAMS)
    check_receiver(address)  # before the transaction, because a resolver can be slow
    with transaction.atomic():
        return _create(account, address, actor)


def _create(account: Account, address: str, actor: Actor) -> tuple[AuditStream, str]:
    lock_account(account.id)
    require_feature(account, AUDIT_STREAMS)
    check_access_stands(actor)  # the stream will outlive the actor's sessions
    if AuditStream.objects.filter(account=account).count() >= MOST_STREAMS:
        raise Conflict(f"An account can have at most {MOST_STREAMS} streams.")
    secret = secrets.token_urlsafe(32)
    with refuse_taken("A stream to this address exists already."):
        stream = AuditStream.objects.create(
            account=account,
            address=address,
            secret=encrypt(secret),
            actor_id=actor.id,
            actor_name=actor.name[:254],
            position=Chain.objects.filter(account_id=account.id).values_list("position", flat=True).first() or 0,
            next_attempt_at=timezone.now(),
        )
    _record("audit-log.stream-created", stream, actor=actor)
    return stream, secret


def find_stream(account: Account, stream_id: UUID) -> AuditStream:
    """Return a stream of the account. Raises `NotFound` if there is none."""
    stream = AuditStream.objects.filter(account=account, id=stream_id).select_related("account").first()
    if stream is None:
        raise NotFound
    return stream


@transaction.atomic
def pause_stream(stream: AuditStream, *, actor: Actor) -> None:
    """Send nothing more until it is resumed. Its position stays, so nothing is lost."""
    if AuditStream.objects.filter(id=stream.id, paused_at=None).update(paused_at=timezone.now()):
        _record("audit-log.stream-paused", stream, actor=actor)


@transaction.atomic
def resume_stream(stream: AuditStream, *, actor: Actor) -> None:
    """Send again from the position where it stopped, without waiting for the next attempt.

    Raises `Forbidden` if the account's plan has no streams.
    """
    require_feature(stream.account, AUDIT_STREAMS)
    paused = AuditStream.objects.filter(id=stream.id, paused_at__isnull=False)
    if paused.update(paused_at=None, next_attempt_at=timezone.now(), failures=0, last_error=""):
        _record("audit-log.stream-resumed", stream, actor=actor)
        enqueue_on_commit("workspaces.audit_log.tasks.deliver_stream", str(stream.id))


@transaction.atomic
def request_test(stream: AuditStream, *, actor: Actor) -> None:
    """Send a message without entries in the background. Raises `Conflict` right after the last test."""
    now = timezone.now()
    due = AuditStream.objects.filter(Q(tested_at=None) | Q(tested_at__lt=now - _TEST_EVERY), id=stream.id)
    if not due.update(tested_at=now, test_result=""):
        raise Conflict("This stream was tested a few seconds ago.")
    _record("audit-log.stream-tested", stream, actor=actor)
    enqueue_on_commit("workspaces.audit_log.tasks.test_stream", str(stream.id))


@transaction.atomic
def delete_stream(stream: AuditStream, *, actor: Actor) -> None:
    """Delete the stream. Does nothing if it was deleted before."""
    if AuditStream.objects.filter(id=stream.id).delete()[0]:
        _record("audit-log.stream-deleted", stream, actor=actor)


def _record(action: str, stream: AuditStream, *, actor: Actor) -> None:
    record_for(stream.account, action, actor=actor, object_id=stream.id, object_name=stream.host)
