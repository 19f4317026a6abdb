"""Mail about a person's account from templates in `templates/account/email`, queued without a request."""

import logging

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import OutgoingMail
from accounts.services.mail import queue_mail
from accounts.services.mail_pace import MailPaceExceeded, check_pace
from accounts.services.mail_text import printable_address

logger = logging.getLogger("bailiwick.mail")


def queue_account_mail(template: str, recipient: str, *, confirmed: bool, **more: object) -> None:
    """Queue an email that is sent after the transaction commits.

    With `confirmed`, the recipient has confirmed the address, and the mail is never dropped, so that an attacker cannot
    suppress it by causing many others. Other mail is dropped if too much was sent recently. `more` must not contain
    names that people chose.
    """
    purpose = OutgoingMail.NOTICE if confirmed else OutgoingMail.ACCOUNT
    try:
        check_pace(purpose, [recipient])
    except MailPaceExceeded:
        logger.info("A mail of the kind %s was not sent: too many in a short time.", template)
        return
    context = {"email": printable_address(recipient) or "this address", "public_url": settings.PUBLIC_URL, **more}
    queue_mail(
        recipient=recipient,
        subject=render_to_string(f"account/email/{template}_subject.txt", context).strip(),
        text=render_to_string(f"account/email/{template}_message.txt", context),
        html=render_to_string(f"account/email/{template}_message.html", context),
        purpose=purpose,
    )
