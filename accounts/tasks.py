"""Background tasks: mail, last-used times of keys, clean-up."""

from datetime import timedelta
from uuid import UUID

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.mail import drop_old_files
from accounts.models import ApiKey
from accounts.services import mail
from accounts.services.keys import drop_expired_keys
from accounts.services.sessions import forget_ended_sessions


@shared_task
def send_mail(mail_id: str) -> None:
    mail.deliver(UUID(mail_id))


@shared_task
def send_waiting_mail() -> None:
    mail.deliver_waiting()


@shared_task
def note_key_use(key_id: str, when: str, address: str) -> None:
    """Save the latest use of a key. An older one that arrives late changes nothing."""
    used_at = parse_datetime(when)
    ApiKey.objects.filter(id=key_id).exclude(last_used_at__gte=used_at).update(
        last_used_at=used_at, last_used_from=address or None
    )


@shared_task
def note_session_use(session_id: str, when: str, address: str) -> None:
    """Save the last use of a session. An earlier time that arrives late is ignored."""
    used_at = parse_datetime(when)
    UserSession.objects.filter(id=session_id, last_seen_at__lt=used_at).update(last_seen_at=used_at, ip=address)


@shared_task
def drop_expired() -> None:
    """Delete keys that expired a month ago, ended sessions, and last week's mail that was sent or given up."""
    now = timezone.now()
    drop_expired_keys(before=now - timedelta(days=30))
    Session.objects.filter(expire_date__lt=now).delete()
    forget_ended_sessions()
    mail.drop_old_mail(before=now - timedelta(days=7))
    drop_old_files(before=now - timedelta(days=7))
