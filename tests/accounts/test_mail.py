"""Mail leaves by an outbox: after the commit, once, and again when the server was away."""

import io
import os
import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from accounts.mail import FolderBackend
from accounts.models import OutgoingMail
from accounts.services import mail
from accounts.tasks import drop_expired, send_mail, send_waiting_mail

pytestmark = pytest.mark.django_db


def _queue() -> OutgoingMail:
    return mail.queue_mail(
        recipient="mia@example.com", subject="Hello", text="A secret link", html="<p>A secret link</p>"
    )


def _refuse(*args: Any) -> None:
    raise ConnectionRefusedError("nobody listens")


def test_mail_is_handed_to_the_queue_after_the_commit(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[tuple[str, ...]] = []
    monkeypatch.setattr(send_mail, "apply_async", lambda args: published.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        waiting = _queue()
        assert published == []
    assert published == [(str(waiting.id),)]


def test_mail_of_an_undone_change_is_never_sent() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _queue()
        raise RuntimeError
    send_waiting_mail()
    assert outbox.outbox == []


def test_broker_that_is_away_loses_nothing(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_mail, "apply_async", _refuse)
    with django_capture_on_commit_callbacks(execute=True):
        _queue()
    assert outbox.outbox == []
    send_waiting_mail()
    assert [message.subject for message in outbox.outbox] == ["Hello"]


def test_mail_is_sent_once_and_emptied() -> None:
    waiting = _queue()
    send_mail(str(waiting.id))
    send_mail(str(waiting.id))
    send_waiting_mail()
    (message,) = outbox.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert (message.to, message.body) == (["mia@example.com"], "A secret link")
    assert [part[0] for part in message.alternatives] == ["<p>A secret link</p>"]
    waiting.refresh_from_db()
    assert (waiting.text, waiting.html, waiting.sent_at is not None) == ("", "", True)


def test_refused_mail_waits_for_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = _queue()
    with monkeypatch.context() as away:
        away.setattr(EmailMultiAlternatives, "send", _refuse)
        assert mail.deliver(waiting.id) is False
        send_waiting_mail()
    waiting.refresh_from_db()
    assert (waiting.attempts, waiting.last_error) == (2, "ConnectionRefusedError: nobody listens")
    send_waiting_mail()
    waiting.refresh_from_db()
    assert (len(outbox.outbox), waiting.text, waiting.last_error) == (1, "", "")


def test_sweep_gives_up_in_the_end() -> None:
    waiting = _queue()
    OutgoingMail.objects.filter(id=waiting.id).update(attempts=mail.ATTEMPTS)
    send_waiting_mail()
    assert outbox.outbox == []


def test_mail_that_is_gone_does_no_harm() -> None:
    waiting = _queue()
    OutgoingMail.objects.all().delete()
    send_mail(str(waiting.id))
    assert outbox.outbox == []


def test_kept_mail_is_for_its_owner_alone_and_dropped_after_a_week(settings: Any, tmp_path: Path) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    backend = FolderBackend(stream=io.StringIO())
    for recipient in ("mia@example.com", '"../../x\\ y"@example.com'):
        backend.send_messages([EmailMultiAlternatives("Hello", "A secret link", "a@example.com", [recipient])])
    first, second = sorted(settings.MAIL_DIR.iterdir())
    assert re.fullmatch(r"\d+-[0-9a-f]{8}-mia@example_com\.eml", first.name)
    assert re.fullmatch(r"\d+-[0-9a-f]{8}-[\w@]+\.eml", second.name)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (first, second)} == {0o600}
    assert stat.S_IMODE(settings.MAIL_DIR.stat().st_mode) == 0o700
    now = timezone.now()
    os.utime(first, ((now - timedelta(days=8)).timestamp(),) * 2)
    os.utime(second, ((now - timedelta(days=6)).timestamp(),) * 2)
    drop_expired()
    assert list(settings.MAIL_DIR.iterdir()) == [second]


def test_mail_is_dropped_a_week_after_it_was_sent_or_given_up_and_waiting_mail_never() -> None:
    old, new, waiting, given_up, failing = (_queue() for _ in range(5))
    now = timezone.now()
    OutgoingMail.objects.filter(id=old.id).update(sent_at=now - timedelta(days=8))
    OutgoingMail.objects.filter(id=new.id).update(sent_at=now - timedelta(days=6))
    OutgoingMail.objects.filter(id=waiting.id).update(created=now - timedelta(days=60))
    OutgoingMail.objects.filter(id=given_up.id).update(created=now - timedelta(days=8), attempts=mail.ATTEMPTS)
    OutgoingMail.objects.filter(id=failing.id).update(created=now - timedelta(days=6), attempts=mail.ATTEMPTS)
    drop_expired()
    assert set(OutgoingMail.objects.all()) == {new, waiting, failing}
