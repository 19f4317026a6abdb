"""Mail and a real mail server: also one that is slow, refuses, or is spoken to by two senders at once."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.utils import timezone

from accounts.models import OutgoingMail
from accounts.services import mail
from accounts.tasks import send_waiting_mail

pytestmark = pytest.mark.django_db(transaction=True)


class Postbox:
    """Takes mail; `hold` keeps a sender waiting in the middle of the dialogue."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.asked = threading.Event()
        self.hold = threading.Event()
        self.hold.set()
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.asked.set()
        await asyncio.get_running_loop().run_in_executor(None, self.hold.wait, 20)
        if self.answer.startswith("250"):
            self.taken.extend(envelope.rcpt_tos)
        return self.answer


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 20
    yield box
    box.hold.set()
    server.stop()


def _queue(recipient: str = "mia@example.com") -> OutgoingMail:
    return OutgoingMail.objects.create(recipient=recipient, subject="Hello", text="A secret link")


def _sender(waiting: OutgoingMail, sent: list[bool]) -> threading.Thread:
    def work() -> None:
        try:
            sent.append(mail.deliver(waiting.id))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_slow_mail_server_holds_up_no_other_write(postbox: Postbox) -> None:
    waiting, sent = _queue(), list[bool]()
    postbox.hold.clear()
    sender = _sender(waiting, sent)
    assert postbox.asked.wait(10)
    started = time.monotonic()
    _queue("ada@example.com")
    assert time.monotonic() - started < 5
    postbox.hold.set()
    sender.join(20)
    assert (sent, postbox.taken) == ([True], ["mia@example.com"])


def test_two_senders_at_once_send_one_mail(postbox: Postbox) -> None:
    waiting, sent = _queue(), list[bool]()
    postbox.hold.clear()
    first = _sender(waiting, sent)
    assert postbox.asked.wait(10)
    assert mail.deliver(waiting.id) is False
    send_waiting_mail()
    postbox.hold.set()
    first.join(20)
    assert (sent, postbox.taken) == ([True], ["mia@example.com"])


def test_mail_of_a_dead_sender_is_taken_up_when_its_lease_ends(postbox: Postbox) -> None:
    waiting = _queue()
    OutgoingMail.objects.filter(id=waiting.id).update(claimed_at=timezone.now() - mail.LEASE / 2, attempts=1)
    send_waiting_mail()
    assert postbox.taken == []
    OutgoingMail.objects.filter(id=waiting.id).update(claimed_at=timezone.now() - mail.LEASE - timedelta(seconds=1))
    send_waiting_mail()
    assert postbox.taken == ["mia@example.com"]


def test_refusal_is_kept_and_the_mail_sent_when_the_server_takes_it(postbox: Postbox) -> None:
    waiting = _queue()
    postbox.answer = "451 Not now"
    send_waiting_mail()
    waiting.refresh_from_db()
    assert (waiting.attempts, waiting.claimed_at, "Not now" in waiting.last_error) == (1, None, True)
    postbox.answer = "250 OK"
    send_waiting_mail()
    waiting.refresh_from_db()
    assert (postbox.taken, waiting.text, waiting.last_error) == (["mia@example.com"], "", "")


def test_mail_that_cannot_be_written_counts_and_stops_no_other(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _queue("broken@example.com")
    _queue("mia@example.com")
    send = EmailMultiAlternatives.send

    def choke(message: EmailMultiAlternatives, *args: Any) -> int:
        if message.to == ["broken@example.com"]:
            raise ValueError("cannot encode: A secret link")
        return send(message, *args)

    monkeypatch.setattr(EmailMultiAlternatives, "send", choke)
    send_waiting_mail()
    broken.refresh_from_db()
    assert postbox.taken == ["mia@example.com"]
    assert (broken.attempts, broken.claimed_at, broken.last_error) == (1, None, "ValueError")
