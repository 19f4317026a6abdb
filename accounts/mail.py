"""Mail of an installation without a mail server: it is printed and kept as .eml files."""

import os
import re
import secrets
import time
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend

_UNSAFE = re.compile(r"[^A-Za-z0-9@+_-]+")
_LONGEST_NAME = 100


class FolderBackend(EmailBackend):
    """Print each message and write it to a file in MAIL_DIR, which any mail program opens."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAIL_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(message)
        return super().send_messages(email_messages)


def drop_old_files(*, before: datetime) -> None:
    """Remove mail that was written before a time. Its links have expired by then, but its text is still private."""
    for path in settings.MAIL_DIR.glob("*.eml"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def _write(message: EmailMessage) -> None:
    """Write a file that only its owner can read: the mail may contain a link that signs somebody in."""
    recipient = _UNSAFE.sub("_", message.to[0])[:_LONGEST_NAME]
    path = settings.MAIL_DIR / f"{time.time_ns()}-{secrets.token_hex(4)}-{recipient}.eml"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.message().as_bytes())
