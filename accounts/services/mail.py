"""Mail leaves by a queue: the row is written with its cause, a task sends it after the commit, a sweep the rest."""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import OutgoingMail

ATTEMPTS = 20


def queue_mail(*, recipient: str, subject: str, text: str, html: str = "") -> OutgoingMail:
    """Send this mail once the surrounding transaction is committed."""
    from accounts.tasks import send_mail, soon  # here, as tasks call this module

    mail = OutgoingMail.objects.create(recipient=recipient, subject=subject, text=text, html=html)
    soon(send_mail, str(mail.id))
    return mail


def deliver(mail_id: UUID) -> bool:
    """Send one waiting mail. Harmless twice: the row is locked while it leaves and empty afterwards."""
    with transaction.atomic():
        skip_locked = connection.features.has_select_for_update_skip_locked
        waiting = OutgoingMail.objects.select_for_update(skip_locked=skip_locked)
        mail = waiting.filter(id=mail_id, sent_at=None).first()
        if mail is None:
            return False
        message = EmailMultiAlternatives(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.recipient])
        if mail.html:
            message.attach_alternative(mail.html, "text/html")
        try:
            message.send()
        except OSError as error:
            failed = OutgoingMail.objects.filter(id=mail_id)
            failed.update(attempts=F("attempts") + 1, last_error=f"{type(error).__name__}: {error}"[:500])
            return False
        # The text may hold a link that signs somebody in: nothing of it stays.
        OutgoingMail.objects.filter(id=mail_id).update(sent_at=timezone.now(), text="", html="", last_error="")
        return True


def deliver_waiting() -> int:
    """Send what the broker lost or a mail server refused. Returns how many left."""
    waiting = OutgoingMail.objects.filter(sent_at=None, attempts__lt=ATTEMPTS).order_by("created")
    return sum(deliver(mail_id) for mail_id in waiting.values_list("id", flat=True)[:200])
