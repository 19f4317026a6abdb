"""Pages of streams: who may do what, secrets, and tests of a receiver."""

import pytest
from django.utils import timezone

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Forbidden
from core.secret_text import decrypt
from tests.cast import Organization, Person
from tests.receiver import Receiver
from tests.visits import text, visitor
from tests.workspaces.audit_log.stage import stream_to
from workspaces.audit_log import stream_delivery, tasks
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.stream_services import (
    MOST_STREAMS,
    create_stream,
    delete_stream,
    request_test,
)

US = system("tests")


def test_secret_and_address_are_kept_private(organization: Organization, receiver: Receiver) -> None:
    stream, secret = stream_to(receiver, organization, "in?token=receivers-password")
    assert secret not in stream.secret
    entry = Entry.objects.get(action="audit-log.stream-created")
    assert entry.object_name == "127.0.0.1"
    page = visitor(organization.admin.user).get(f"/account/{organization.account.id}/audit-log/streams")
    for words in (secret, stream.secret, "receivers-password"):
        assert words not in page.content.decode()
        assert words not in str(entry.detail)


def test_test_message_is_sent_and_its_result_shown(
    organization: Organization, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, secret = stream_to(receiver, organization)
    root = f"/account/{organization.account.id}/audit-log/streams"
    client = visitor(organization.admin.user)
    client.post(f"{root}/{stream.id}/test")
    tasks.test_stream(str(stream.id))
    (request,) = receiver.requests
    assert (request.entries, request.signed_with(secret)) == ([{"type": "test"}], True)
    assert "The test was delivered." in text(client.get(root))
    with pytest.raises(Conflict, match="a few seconds ago"):
        request_test(stream, actor=US)
    receiver.status = 500
    tasks.test_stream(str(stream.id))
    assert "The host answered with the status 500." in text(client.get(root))
    with stream_delivery._slots, stream_delivery._slots:
        tasks.test_stream(str(stream.id))
    assert "Other streams are being sent." in text(client.get(root))
    delete_stream(stream, actor=US)
    tasks.test_stream(str(stream.id))


def test_stream_is_created_on_its_page_and_its_secret_shown_once(
    organization: Organization, receiver: Receiver
) -> None:
    root = f"/account/{organization.account.id}/audit-log/streams"
    client = visitor(organization.admin.user)
    address = f"https://127.0.0.1:{receiver.port}/"
    for wrong, words in (
        ("http://example.com/", "must begin with https://"), ("https://10.0.0.1/", "not on the public internet"),
        ("", "required"),
    ):  # fmt: skip
        answer = client.post(f"{root}/create", {"address": wrong})
        assert (answer.status_code, words in text(answer)) == (422, True)
    form = {"address": address, "once": "token"}
    first, second = client.post(f"{root}/create", form), client.post(f"{root}/create", form)  # a double click
    stream = AuditStream.objects.get()
    secret = decrypt(stream.secret)
    for answer in (first, second):
        assert secret in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
    answer = client.post(f"{root}/create", {"address": address})
    assert (answer.status_code, "exists already" in text(answer)) == (422, True)
    for number in range(MOST_STREAMS - 1):
        create_stream(organization.account, address=f"{address}{number}", actor=US)
    with pytest.raises(Conflict, match="at most 3 streams"):
        create_stream(organization.account, address=f"{address}more", actor=US)
    assert "Create stream" not in text(client.get(root))


def test_actor_whose_access_was_ended_creates_no_stream(organization: Organization, receiver: Receiver) -> None:
    actor = organization.admin.user.as_actor()
    type(organization.admin.user).objects.filter(id=organization.admin.user.id).update(access_ended_at=timezone.now())
    with pytest.raises(Forbidden):
        create_stream(organization.account, address=f"https://127.0.0.1:{receiver.port}/", actor=actor)
    assert not AuditStream.objects.exists()


def test_streams_are_changed_on_their_page(organization: Organization, receiver: Receiver) -> None:
    stream, _ = stream_to(receiver, organization)
    root = f"/account/{organization.account.id}/audit-log/streams"
    client = visitor(organization.owner.user)
    assert client.post(f"{root}/{stream.id}/pause").status_code == 302
    assert "paused" in text(client.get(root, headers={"X-Poll": "1"}))
    assert client.post(f"{root}/{stream.id}/resume").status_code == 302
    assert "active" in text(client.get(root))
    assert "Delete the stream to 127.0.0.1?" in text(client.get(f"{root}/{stream.id}/delete"))
    assert client.post(f"{root}/{stream.id}/delete").status_code == 302
    assert "No streams" in text(client.get(root))


def test_strangers_and_members_reach_no_stream(
    organization: Organization, receiver: Receiver, stranger: Person
) -> None:
    stream, _ = stream_to(receiver, organization)
    root = f"/account/{organization.account.id}/audit-log/streams"
    own = f"/account/{stranger.account.id}/audit-log/streams"
    for person, base, status in (
        (organization.member, root, 403), (stranger, root, 404), (stranger, own, 404),
    ):  # fmt: skip
        client = visitor(person.user)
        for verb in ("pause", "resume", "test", "delete"):
            assert client.post(f"{base}/{stream.id}/{verb}").status_code == status
    assert "127.0.0.1" not in text(visitor(stranger.user).get(own))
    stream.refresh_from_db()
    assert (stream.paused_at, stream.tested_at) == (None, None)
