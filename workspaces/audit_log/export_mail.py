"""The mail that says that an export of the audit log is ready."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from accounts.reader_zone import mail_time_zone
from accounts.services.addresses import is_confirmed
from accounts.services.mail import queue_mail
from accounts.services.mail_text import printable_name
from orgs.pages import account_address
from orgs.queries import account_access
from rbac import permissions
from workspaces.audit_log.models import AuditExport
from workspaces.audit_log.services import KEPT


def mail_result(export: AuditExport) -> None:
    """Queue a mail to the person who requested the export, if they confirmed their address and may still read it."""
    person = User.objects.filter(id=export.actor_id).first() if export.actor_id else None
    if person is None or not person.is_active or not is_confirmed(person):
        return
    access = account_access(person, export.account_id)
    if access is None or not access.may(permissions.READ_AUDIT_EVENT):
        return
    account = printable_name(export.account.name)
    context = {
        "account": account,
        "export": export,
        "kept_until": timezone.now() + KEPT,
        "link": settings.PUBLIC_URL + account_address(export.account, "audit-log-exports"),
        "public_url": settings.PUBLIC_URL,
    }
    with timezone.override(mail_time_zone(person)):
        text = render_to_string("workspaces/audit_log/mail/export.txt", context)
        html = render_to_string("workspaces/audit_log/mail/export.html", context)
    subject = f"The export of {account}'s audit log {'failed' if export.problem else 'is ready'}"
    queue_mail(recipient=person.email, subject=subject, text=text, html=html)
