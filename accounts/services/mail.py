"""Mail leaves by a queue: the row is written with its cause, a task sends it after the commit, a sweep the rest.

No transaction is open while a mail server is spoken to: it may take minutes, and SQLite lets one writer in at a time.
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

ATTEMPTS = 20
LEASE = timedelta(minutes=10)  # longer than a slow mail server takes; then the sender is held to be dead
_SWEEP = 50.0  # seconds; the next sweep goes on from there

logger = logging.getLogger("bailiwick.mail")


def queue_mail(*, recipient: str, subject: str, text: str, html: str = "") -> OutgoingMail:
    """Send this mail once the surrounding transaction is committed."""
    from accounts.tasks import send_mail, soon  # here, as tasks call this module

    mail = OutgoingMail.objects.create(recipient=recipient, subject=subject, text=text, html=html)
    soon(send_mail, str(mail.id))
    return mail


def deliver(mail_id: UUID) -> bool:
    """Send one waiting mail. Harmless twice: one sender claims the row, and it is empty once the mail has left."""
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
    except Exception as error:  # one mail that cannot be written must not hold up those behind it
        # Only its name: the words of such an error may quote the mail.
        logger.error("Mail %s could not be sent: %s", mail_id, type(error).__name__)
        ours.update(claimed_at=None, last_error=type(error).__name__)
        return False
    # The text may hold a link that signs somebody in: nothing of it stays.
    OutgoingMail.objects.filter(id=mail_id).update(sent_at=timezone.now(), text="", html="", last_error="")
    return True


def _claim(mail_id: UUID, now: datetime) -> OutgoingMail | None:
    """The mail, for this sender alone until the lease ends. Counted as an attempt now: the sender may die of it."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    waiting = OutgoingMail.objects.filter(free, id=mail_id, sent_at=None, attempts__lt=ATTEMPTS)
    if not waiting.update(claimed_at=now, attempts=F("attempts") + 1):
        return None
    return OutgoingMail.objects.filter(id=mail_id).first()


def deliver_waiting() -> int:
    """Send what the broker lost or a mail server refused. Returns how many left."""
    give_up = time.monotonic() + _SWEEP
    waiting = OutgoingMail.objects.filter(sent_at=None, attempts__lt=ATTEMPTS).order_by("attempts", "created")
    left = 0
    for mail_id in list(waiting.values_list("id", flat=True)[:200]):
        if time.monotonic() > give_up:
            break
        left += deliver(mail_id)
    return left


def drop_old_mail(*, before: datetime) -> None:
    """Remove mail that was sent before a time, and mail from before it that nobody tries to send any more."""
    OutgoingMail.objects.filter(sent_at__lt=before).delete()
    OutgoingMail.objects.filter(sent_at=None, attempts__gte=ATTEMPTS, created__lt=before).delete()
