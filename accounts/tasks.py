"""What may be late: mail, last-used times, clean-up."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import ApiKey
from accounts.services import mail
from accounts.services.keys import drop_expired_keys
from accounts.services.sessions import forget_ended_sessions

logger = logging.getLogger("bailiwick.tasks")


def soon(task: "Task[Any, Any]", *args: str) -> None:
    """Hand `task` to the queue after the commit.

    A broker that is away loses no mail, which a sweep finds; of a key's use it loses one note, and the next comes.
    """
    transaction.on_commit(lambda: _publish(task, args))


def _publish(task: "Task[Any, Any]", args: tuple[str, ...]) -> None:
    try:
        task.apply_async(args)
    except Exception as error:  # whatever the broker's client raises, the request is answered
        logger.warning("Could not queue %s: %s", task.name, error)


@shared_task
def send_mail(mail_id: str) -> None:
    mail.deliver(UUID(mail_id))


@shared_task
def send_waiting_mail() -> None:
    mail.deliver_waiting()


@shared_task
def note_key_use(key_id: str, when: str, address: str) -> None:
    """Keep the newest use of a key; an older one that comes late changes nothing."""
    used_at = parse_datetime(when)
    ApiKey.objects.filter(id=key_id).exclude(last_used_at__gte=used_at).update(
        last_used_at=used_at, last_used_from=address or None
    )


@shared_task
def drop_expired() -> None:
    """Keys that expired a month ago, sessions that ended, and mail of last week that was sent or given up."""
    now = timezone.now()
    drop_expired_keys(before=now - timedelta(days=30))
    Session.objects.filter(expire_date__lt=now).delete()
    forget_ended_sessions()
    mail.drop_old_mail(before=now - timedelta(days=7))
