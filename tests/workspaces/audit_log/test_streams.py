"""Streams of the audit log: what is sent, in which order, and what follows a failure."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from auditlog.actors import system
from auditlog.chains import chain_new_entries
from auditlog.models import Entry
from auditlog.verifier import entry_hash
from core import outgoing
from orgs.services.teams import create_team
from tests.cast import Organization, Person
from tests.receiver import Receiver
from tests.visits import text, visitor
from tests.workspaces.audit_log.stage import add_teams, deliver_now, names, stream_to
from workspaces.audit_log import stream_delivery, tasks
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.stream_delivery import FIRST_RETRY, LEASE, LONGEST_RETRY, deliver, retry_delay
from workspaces.audit_log.stream_services import (
    delete_stream,
    pause_stream,
    resume_stream,
)

US = system("tests")


def test_new_entries_are_sent_in_order_signed_and_with_their_hashes(
    organization: Organization, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_delivery, "BATCH", 2)
    stream, secret = stream_to(receiver, organization)
    before = Entry.objects.get(account_id=organization.account.id, position=stream.position)
    assert not deliver_now(stream)
    add_teams(organization, "A", "B", "C")
    assert deliver_now(stream)
    assert [len(request.entries) for request in receiver.requests] == [2, 1]
    assert names(receiver) == ["A", "B", "C"]
    assert all(request.signed_with(secret) for request in receiver.requests)
    assert not receiver.requests[0].signed_with("another")
    assert receiver.requests[0].headers["Content-Type"] == "application/x-ndjson"
    first = stream.position - 2
    assert [request.headers["Bailiwick-Delivery"] for request in receiver.requests] == [
        f"{stream.id}:{first}-{first + 1}", f"{stream.id}:{first + 2}-{first + 2}",
    ]  # fmt: skip
    digest = bytes(before.hash or b"")
    for request in receiver.requests:
        for entry in request.entries:
            digest = entry_hash(digest, entry)
            assert digest.hex() == entry["hash"]
    assert (stream.failures, stream.claimed_at, stream.delivered_at is not None) == (0, None, True)


def test_batch_has_a_largest_size(
    organization: Organization, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, _ = stream_to(receiver, organization)
    add_teams(organization, "A", "B", "C")
    monkeypatch.setattr(stream_delivery, "BATCH_BYTES", 10)
    deliver_now(stream)
    assert [len(request.entries) for request in receiver.requests] == [1, 1, 1]


def test_failures_are_retried_after_longer_and_longer_pauses(organization: Organization, receiver: Receiver) -> None:
    stream, _ = stream_to(receiver, organization)
    add_teams(organization, "A")
    receiver.status = 503
    for failures in (1, 2, 3):
        assert not deliver_now(stream)
        assert (stream.failures, stream.last_error) == (failures, "The host answered with the status 503.")
        wait = stream.next_attempt_at - timezone.now()
        assert timedelta(0) <= retry_delay(failures) - wait < timedelta(seconds=5)
    deliver(stream.id)  # too early
    assert len(receiver.requests) == 3
    page = text(visitor(organization.admin.user).get(f"/account/{organization.account.id}/audit-log/streams"))
    assert "failing" in page
    assert "3 failures" in page
    assert "1 entry oldest" in page
    receiver.status = 200
    assert deliver_now(stream)
    assert (stream.failures, stream.last_error) == (0, "")
    assert names(receiver) == ["A"] * 4
    assert len({entry["id"] for request in receiver.requests for entry in request.entries}) == 1


def test_pauses_grow_up_to_an_hour() -> None:
    assert [retry_delay(failures) for failures in (1, 2, 3)] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert {retry_delay(failures) for failures in (10, 100, 2**31)} == {LONGEST_RETRY}


def test_redirect_counts_as_failure(organization: Organization, receiver: Receiver) -> None:
    stream, _ = stream_to(receiver, organization)
    add_teams(organization, "A")
    receiver.status = 302
    assert not deliver_now(stream)
    assert "status 302" in stream.last_error


def test_address_is_checked_again_when_it_is_sent_to(
    organization: Organization, receiver: Receiver, settings: Any
) -> None:
    stream, _ = stream_to(receiver, organization)
    add_teams(organization, "A")
    settings.OUTGOING_NETWORKS = []
    assert not deliver_now(stream)
    assert (receiver.requests, stream.last_error) == (
        [], "The address is not on the public internet, or is reserved.",
    )  # fmt: skip


def test_paused_stream_keeps_its_place(organization: Organization, receiver: Receiver) -> None:
    stream, _ = stream_to(receiver, organization)
    pause_stream(stream, actor=US)
    add_teams(organization, "A")
    assert not deliver_now(stream)
    resume_stream(stream, actor=US)
    chain_new_entries()
    assert deliver_now(stream)
    assert "A" in names(receiver)
    actions = Entry.objects.filter(object_id=str(stream.id)).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["audit-log.stream-created", "audit-log.stream-paused", "audit-log.stream-resumed"]


def test_stream_that_is_paused_or_deleted_meanwhile_stops(
    organization: Organization, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, _ = stream_to(receiver, organization)
    monkeypatch.setattr(stream_delivery, "BATCH", 1)
    add_teams(organization, "A", "B", "C", "D")
    changes = [pause_stream, delete_stream]
    send = outgoing.post

    def post_and_change(*args: Any) -> int:
        status = send(*args)
        changes.pop(0)(stream, actor=US)
        return status

    monkeypatch.setattr(stream_delivery, "post", post_and_change)
    deliver_now(stream)
    assert names(receiver) == ["A"]
    assert (stream.claimed_at, stream.paused_at is not None) == (None, True)
    resume_stream(stream, actor=US)
    AuditStream.objects.update(next_attempt_at=timezone.now())
    deliver(stream.id)
    assert names(receiver) == ["A", "B"]
    assert not AuditStream.objects.exists()


def test_claimed_stream_is_left_to_its_worker(organization: Organization, receiver: Receiver) -> None:
    stream, _ = stream_to(receiver, organization)
    add_teams(organization, "A")
    AuditStream.objects.filter(id=stream.id).update(claimed_at=timezone.now())
    assert not deliver_now(stream)
    AuditStream.objects.filter(id=stream.id).update(claimed_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert deliver_now(stream)


def test_worker_that_lost_its_claim_saves_nothing_and_stops(
    organization: Organization, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, _ = stream_to(receiver, organization)
    monkeypatch.setattr(stream_delivery, "BATCH", 1)
    add_teams(organization, "A", "B")
    send = outgoing.post

    def post_slowly(*args: Any) -> int:
        AuditStream.objects.filter(id=stream.id).update(claimed_at=timezone.now())  # by another worker
        return send(*args)

    monkeypatch.setattr(stream_delivery, "post", post_slowly)
    for receiver.status in (200, 500):
        AuditStream.objects.update(claimed_at=None)
        assert not deliver_now(stream)
        assert (stream.failures, stream.last_error) == (0, "")
        assert stream.claimed_at is not None
    assert names(receiver) == ["A", "A"]


def test_sweep_queues_streams_that_are_due(
    organization: Organization, receiver: Receiver, owner: Person, django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    due, _ = stream_to(receiver, organization)
    others = [stream_to(receiver, organization, path)[0] for path in ("waits", "paused")]
    stream_to(receiver, owner)  # has nothing to send
    add_teams(organization, "A")
    AuditStream.objects.update(next_attempt_at=timezone.now())
    AuditStream.objects.filter(id=others[0].id).update(next_attempt_at=timezone.now() + timedelta(seconds=60))
    AuditStream.objects.filter(id=others[1].id).update(paused_at=timezone.now())
    queued: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.deliver_stream, "apply_async", queued.append)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.deliver_due_streams()
    assert queued == [(str(due.id),)]


@pytest.mark.django_db(transaction=True)
def test_slow_receiver_holds_up_no_other_account(
    organization: Organization, receiver: Receiver, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, _ = stream_to(receiver, organization, "slow")
    quick, _ = stream_to(receiver, owner, "quick")
    for account in (organization.account, owner.account):
        for name in ("A", "B", "C"):
            create_team(account, name=name, actor=US)
    chain_new_entries()
    monkeypatch.setattr(stream_delivery, "BATCH", 1)
    monkeypatch.setattr(stream_delivery, "_QUICK", 0.0)
    arrived, may_answer = threading.Event(), threading.Event()
    usual = receiver.answer

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/slow":
            arrived.set()
            may_answer.wait(5)
        usual(handler)

    receiver.answer = answer  # type: ignore[method-assign]

    def deliver_slow() -> None:
        deliver_now(slow)
        connection.close()

    thread = threading.Thread(target=deliver_slow)
    thread.start()
    assert arrived.wait(5)
    assert deliver_now(quick)
    with stream_delivery._slots:  # no place is left now
        assert not deliver_now(quick)
        assert AuditStream.objects.get(id=quick.id).claimed_at is None
    may_answer.set()
    thread.join()
    slow.refresh_from_db()
    assert slow.next_attempt_at > timezone.now()  # what took long waits longer for its next turn


def test_stream_sends_entries_of_its_account_only(
    organization: Organization, receiver: Receiver, stranger: Person
) -> None:
    stream, _ = stream_to(receiver, organization)
    create_team(stranger.account, name="Theirs", actor=US)
    add_teams(organization, "Ours")
    deliver_now(stream)
    assert names(receiver) == ["Ours"]
    assert {entry["account_id"] for entry in receiver.requests[0].entries} == {str(organization.account.id)}
