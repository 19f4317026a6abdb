"""Make names and addresses that people chose safe to print in mail."""

import re

from core.names import as_line

# Mail programs also turn bare domains into links, even with the full stop of another script.
_DOTS = re.compile(r"[.。．｡](?=\S)")
# Nor with what makes a web address of the part before the @: mail to ann+www.evil.example/pay@gmail.com reaches Ann.
_PLAIN_ADDRESS = re.compile(r"[^\s\"@/?#%&=]+@[^\s\"@]+")


def printable_name(name: str) -> str:
    """Return a name as one short line in which no mail program finds a link."""
    return as_line(_DOTS.sub(". ", as_line(name)))


def printable_address(email: str) -> str:
    """Return an email address, or nothing for one that could hold a sentence or a link with a path."""
    return email if email.isprintable() and _PLAIN_ADDRESS.fullmatch(email) else ""
