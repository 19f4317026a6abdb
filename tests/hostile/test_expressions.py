"""Regular expressions and searches of our own take time in proportion to the text, whatever the text is."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from accounts.services.handles import suggest_handle
from core.rest.bodies import reject_unstorable_json, without_nul
from core.rest.errors import InvalidBody
from orgs.invitation_form import split_addresses
from tests.hostile.watch import Faults
from workspaces.filters.text_search import terms
from workspaces.runs.pages.logs import _TERMINAL_CODES
from workspaces.runs.pages.traceback_frames import last_traceback
from workspaces.runs.templatetags.log_text import linked

pytestmark = [pytest.mark.django_db, pytest.mark.one_database(reason="schemas and texts are refused before any SQL")]

MEGABYTE = 1_000_000
TRACEBACK = "Traceback (most recent call last):"
# Repeated to a megabyte, between a beginning and an end.
TEXTS = [
    "a", " ", "\\", "\\\\", "\\u0000", "\\\\u0000", "1", "1" * 199 + ",", "e", "e99", "E+12", "NaN", "Infinit",
    '"', '"[",', "<", "<a", ">", "a<", "<>", ", ", "a@", "@a.", "-", '-"', '"a', '\\"', "+ ", "\x1b[", "\x1b[0",
    "\x1b[0;", "\x1b[ ", "http://", "http://.", "https://a)", ".", "://", "\n", "\t\n", "\r", "\xa0", "é", "%", "_",
    "[]", "{}", "&<", "\u2028", '  File "', '  File "a", line 1, in f\n', f"{TRACEBACK}\n",
]  # fmt: skip


def _storable(text: str) -> None:
    with suppress(InvalidBody):
        reject_unstorable_json(text.encode())


FUNCTIONS: dict[str, tuple[Callable[[str], Any], int]] = {
    "storable": (_storable, MEGABYTE),
    "without_nul": (lambda text: without_nul(text.encode()), MEGABYTE),
    "terms": (terms, MEGABYTE // 10),
    "terminal codes": (lambda text: _TERMINAL_CODES.sub("", text), MEGABYTE),
    "linked": (linked, MEGABYTE // 10),
    "marked": (lambda text: linked(text, text[:200]), MEGABYTE // 10),
    "last failure": (lambda text: (last_traceback(text), last_traceback(f"{TRACEBACK}\n{text}")), MEGABYTE),
    "invited addresses": (split_addresses, 20_000),
    "handle": (suggest_handle, MEGABYTE // 10),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_time_is_in_proportion_to_the_text(name: str) -> None:
    function, size = FUNCTIONS[name]
    faults = Faults()
    for text in TEXTS:
        for whole in (text * (size // len(text)), "<" + text * (size // len(text)), text * (size // len(text)) + "!"):
            faults.attack(f"{name} of {whole[:12]!r}", partial(function, whole))
    faults.report()
