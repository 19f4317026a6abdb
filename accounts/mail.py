"""Mail of an installation without a mail server: printed, and kept as .eml files."""

import time
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend


class FolderBackend(EmailBackend):
    """Every message goes to the console and to a file of its own in MAIL_DIR, which any mail program opens."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns()}-{message.to[0].replace('/', '_')}.eml"
            (settings.MAIL_DIR / name).write_bytes(message.message().as_bytes())
        return super().send_messages(email_messages)
