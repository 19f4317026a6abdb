"""A real mail server for tests: takes what is sent to it, and gives it back parsed."""

import email
import email.policy
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LINK = re.compile(r"https?://\S+/invitation/[A-Za-z0-9_-]+")


class Postbox:
    def __init__(self) -> None:
        self.port = 0
        self.taken: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.taken.extend((recipient, parsed) for recipient in envelope.rcpt_tos)
        return "250 OK"

    def wait_for(self, recipient: str, *, seconds: float = 90, count: int = 1) -> EmailMessage:
        """The mail to an address, once `count` have come: soon, or by the sweep of the next minute."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            found = [mail for to, mail in list(self.taken) if to == recipient]
            if len(found) >= count:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"No mail to {recipient} came; there is mail to {[to for to, _ in self.taken]}")


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """The text, or with `kind="html"` the HTML, of a mail."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage) -> str:
    """The invitation's link, the same in text and HTML."""
    (link,) = set(LINK.findall(text_of(mail)))
    assert f'href="{link}"' in text_of(mail, "html")
    return str(link)


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    try:
        yield box
    finally:
        server.stop()
