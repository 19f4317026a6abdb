"""Outgoing mail: saved together with its cause, sent by a task after the commit, or by a periodic sweep.

No transaction is open while a mail server is contacted, because that can take minutes and SQLite has a single writer.
"""

import logging
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import OutgoingMail
from core.task_queue import enqueue_on_commit

ATTEMPTS = 20
LEASE = timedelta(minutes=10)  # longer than a slow mail server takes; after that the sender is presumed dead
_SWEEP = 50.0  # seconds; the next sweep continues

logger = logging.getLogger("bailiwick.mail")


def queue_mail(
    *,
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    purpose: str = OutgoingMail.NOTICE,
    sender_id: UUID | None = None,
    account_id: UUID | None = None,
) -> OutgoingMail:
    """Send this mail once the surrounding transaction is committed.

    The caller has checked `mail_pace.check_pace`, once for all mails that are sent together.
    """
    one_line = " ".join("".join(letter if letter.isprintable() else " " for letter in subject).split())
    mail = OutgoingMail.objects.create(
        recipient=recipient.lower(),
        subject=one_line,
        text=text,
        html=html,
        purpose=purpose,
        sender_id=sender_id,
        account_id=account_id,
    )
    enqueue_on_commit("accounts.tasks.send_mail", str(mail.id))
    return mail


def deliver(mail_id: UUID) -> bool:
    """Send one waiting mail, and return whether it was sent. Safe to call twice: only one sender claims the row."""
    claimed_at = timezone.now()
    mail = _claim(mail_id, claimed_at)
    if mail is None:
        return False
    message = EmailMultiAlternatives(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.recipient])
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    ours = OutgoingMail.objects.filter(id=mail_id, claimed_at=claimed_at)
    try:
        message.send()
    except OSError as error:
        ours.update(claimed_at=None, last_error=f"{type(error).__name__}: {error}"[:500])
        return False
    except Exception as error:  # one broken mail must not block the others
        # Only its type: the message of such an error may quote the mail.
        logger.error("Mail %s could not be sent: %s", mail_id, type(error).__name__)
        ours.update(claimed_at=None, last_error=type(error).__name__)
        return False
    # The text may contain a link that signs somebody in, so it is removed.
    OutgoingMail.objects.filter(id=mail_id).update(sent_at=timezone.now(), text="", html="", last_error="")
    return True


def _claim(mail_id: UUID, now: datetime) -> OutgoingMail | None:
    """Claim the mail for this sender until the lease ends. Count the attempt first, because it may kill the sender."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    waiting = OutgoingMail.objects.filter(free, id=mail_id, sent_at=None, attempts__lt=ATTEMPTS)
    if not waiting.update(claimed_at=now, attempts=F("attempts") + 1):
        return None
    return OutgoingMail.objects.filter(id=mail_id).first()


def deliver_waiting() -> int:
    """Send what the broker lost or a mail server refused. Returns the number of mails sent."""
    give_up = time.monotonic() + _SWEEP
    waiting = OutgoingMail.objects.filter(sent_at=None, attempts__lt=ATTEMPTS).order_by("attempts", "created")
    left = 0
    for mail_id in list(waiting.values_list("id", flat=True)[:200]):
        if time.monotonic() > give_up:
            break
        left += deliver(mail_id)
    return left


def drop_old_mail(*, before: datetime) -> None:
    """Remove mail that was sent before a time, and older mail that was given up."""
    OutgoingMail.objects.filter(sent_at__lt=before).delete()
    OutgoingMail.objects.filter(sent_at=None, attempts__gte=ATTEMPTS, created__lt=before).delete()
