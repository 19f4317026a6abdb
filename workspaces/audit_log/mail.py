"""Mails about the audit log: an export is ready, or a stream has failed for long."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Account, User
from accounts.reader_zone import mail_time_zone
from accounts.services.addresses import is_confirmed
from accounts.services.mail import queue_mail
from accounts.services.mail_text import printable_name
from orgs.models import Membership
from orgs.pages import account_address
from orgs.queries import account_access
from rbac import permissions
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.services import KEPT


def mail_result(export: AuditExport) -> None:
    """Queue a mail to the person who requested the export, if they confirmed their address and may still read it."""
    person = _reader(export.actor_id, export.account)
    if person is None:
        return
    context = {"export": export, "kept_until": timezone.now() + KEPT}
    name = printable_name(export.account.name)
    subject = f"The export of {name}'s audit log {'failed' if export.problem else 'is ready'}"
    _queue(person, export.account, "export", subject, "audit-log-exports", context)


def mail_failing_stream(stream: AuditStream) -> None:
    """Queue a mail to the person who created the stream, or to the owners if that person may not read it any more."""
    creator = _reader(stream.actor_id, stream.account)
    for person in [creator] if creator else _owners(stream.account):
        context = {"stream": stream, "created_by_reader": person == creator}
        subject = f"A stream of {printable_name(stream.account.name)}'s audit log fails"
        _queue(person, stream.account, "stream", subject, "audit-log-streams", context)


def _queue(person: User, account: Account, template: str, subject: str, page: str, context: dict[str, Any]) -> None:
    context |= {
        "account": printable_name(account.name),
        "link": settings.PUBLIC_URL + account_address(account, page),
        "public_url": settings.PUBLIC_URL,
    }
    with timezone.override(mail_time_zone(person)):
        text, html = (
            render_to_string(f"workspaces/audit_log/mail/{template}.{kind}", context) for kind in ("txt", "html")
        )
    queue_mail(recipient=person.email, subject=subject, text=text, html=html)


def _reader(user_id: UUID | None, account: Account) -> User | None:
    """Return the person if they may be sent mail about the account's audit log."""
    person = User.objects.filter(id=user_id).first() if user_id else None
    if person is None or not person.is_active or not is_confirmed(person):
        return None
    access = account_access(person, account.id)
    return person if access is not None and access.may(permissions.READ_AUDIT_EVENT) else None


def _owners(account: Account) -> Iterator[User]:
    ids = [account.user_id, *Membership.objects.owners_of(account.id).values_list("user", flat=True)]
    return (person for user_id in ids if (person := _reader(user_id, account)))
