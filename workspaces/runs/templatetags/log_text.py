"""Template filters for log lines."""

import re
from bisect import bisect_right
from operator import itemgetter

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}]")


_MOST_HIGHLIGHTS = 100  # in one text


@register.filter
def linked(text: str, found: str = "") -> SafeString:
    """Return the text as HTML with links, and with occurrences of `found` highlighted, ignoring case."""
    highlights = _occurrences(text, found)
    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        parts.append(_highlighted(text, end, match.start(), highlights))
        label = _highlighted(text, match.start(), match.end(), highlights)
        parts.append(format_html('<a href="{}" rel="noopener noreferrer nofollow">{}</a>', match.group(), label))
        end = match.end()
    parts.append(_highlighted(text, end, len(text), highlights))
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped


def _occurrences(text: str, found: str) -> list[tuple[int, int]]:
    """Return the start and end of each occurrence. Unlike a regular expression, `str.find` takes linear time."""
    if not found:
        return []
    folded, wanted = text.lower(), found.lower()
    if len(folded) != len(text):  # a few letters become two in lower case, which would shift the positions
        folded, wanted = text, found
    occurrences: list[tuple[int, int]] = []
    start = folded.find(wanted)
    while start >= 0 and len(occurrences) < _MOST_HIGHLIGHTS:
        occurrences.append((start, start + len(wanted)))
        start = folded.find(wanted, start + len(wanted))
    return occurrences


def _highlighted(text: str, start: int, end: int, highlights: list[tuple[int, int]]) -> SafeString:
    """Return a part of the text as HTML, with the highlights that lie in it."""
    parts = []
    number = bisect_right(highlights, start, key=itemgetter(1))  # the first highlight that ends after the start
    while number < len(highlights) and highlights[number][0] < end:
        first, last = max(highlights[number][0], start), min(highlights[number][1], end)
        parts.append(format_html("{}<mark>{}</mark>", text[start:first], text[first:last]))
        start = last
        number += 1
    parts.append(conditional_escape(text[start:end]))
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped
