"""Limits on mail, so that nobody uses the installation to flood mailboxes.

Count the mail of the last hour and day, sent or waiting: per person who causes it, per account, per recipient, and in
total. Each purpose is counted on its own, so that a flood of invitations or confirmations does not block password
resets. Concurrent senders do not wait for each other, so a limit can be exceeded by as many mails as are saved at once.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import OutgoingMail
from core.errors import Conflict

DAY_HOLDS = 4  # hours' worth of mail

logger = logging.getLogger("bailiwick.mail")


class MailPaceExceeded(Conflict):
    """Too many mails were sent in a short time."""


def check_pace(
    purpose: str, recipients: Collection[str], *, sender_id: UUID | None = None, account_id: UUID | None = None
) -> None:
    """Raise `MailPaceExceeded` if one more mail to each recipient would exceed a limit.

    Notices about an account are not limited: flooding an address must not suppress the warning about a changed
    password.
    """
    if purpose == OutgoingMail.NOTICE:
        return
    mail = OutgoingMail.objects.filter(purpose=purpose, created__gt=timezone.now() - timedelta(days=1))
    noun = "invitations" if purpose == OutgoingMail.INVITATION else "mails"
    most = settings.MAIL_LIMITS
    more = len(recipients)
    if account_id is not None and _too_many(mail.filter(account_id=account_id), more, most["account"]):
        raise MailPaceExceeded(f"An account sends at most {_limits(most['account'], noun)}.")
    if sender_id is not None and _too_many(mail.filter(sender_id=sender_id), more, most["person"]):
        raise MailPaceExceeded(f"One person sends at most {_limits(most['person'], noun)}.")
    addresses = [recipient.lower() for recipient in recipients]
    for recipient in _flooded(mail.filter(recipient__in=addresses), most["recipient"]):
        raise MailPaceExceeded(f"{recipient} gets at most {_limits(most['recipient'], noun)}. Try again later.")
    if _too_many(mail, more, most["installation"]):
        logger.warning("The installation's limit of mail is reached: no more %s for now.", noun)
        raise MailPaceExceeded(f"This server has sent too many {noun}. Try again later.")


def _too_many(mail: QuerySet[OutgoingMail], more: int, hourly: int) -> bool:
    counts = mail.aggregate(hour=_in_hour(), day=Count("id"))
    return bool(counts["hour"] + more > hourly or counts["day"] + more > hourly * DAY_HOLDS)


def _flooded(mail: QuerySet[OutgoingMail], hourly: int) -> list[str]:
    counts = mail.order_by().values_list("recipient").annotate(hour=_in_hour(), day=Count("id"))
    return [recipient for recipient, hour, day in counts if hour + 1 > hourly or day + 1 > hourly * DAY_HOLDS]


def _in_hour() -> Count:
    return Count("id", filter=Q(created__gt=timezone.now() - timedelta(hours=1)))


def _limits(hourly: int, noun: str) -> str:
    return f"{hourly} {noun} an hour and {hourly * DAY_HOLDS} a day"
