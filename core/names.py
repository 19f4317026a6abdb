"""The rule for names of people, accounts, workspaces, teams, service accounts, roles and keys.

People choose these names, and others see them in lists, logs and mails. With a line break, a link or a character that
hides or reorders others, a name could pass for something else.
"""

from core.errors import Invalid

LENGTH = 80


def check_name(name: str) -> None:
    """Raise `Invalid` unless `name` is one printable line of at most 80 characters without "://".

    Line breaks, control characters, zero-width characters and those that change the direction of writing are not
    printable. Empty names are left to the caller.
    """
    if len(name) > LENGTH:
        raise Invalid(f"A name has at most {LENGTH} characters.")
    if not name.isprintable():
        raise Invalid("A name is one line of printable characters.")
    if "://" in name:
        raise Invalid("A name cannot contain “://”.")


def as_line(name: str) -> str:
    """Return the text as a valid name, with as few changes as possible."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    line = line.replace("://", ": //")
    return line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"
