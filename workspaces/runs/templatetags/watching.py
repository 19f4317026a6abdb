"""How the lines of a log read on a page."""

import re

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}]")


@register.filter
def linked(text: str) -> SafeString:
    """The text with its web addresses as links; everything else is shown as it is."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts.append(conditional_escape(text[end : found.start()]))
        parts.append(format_html('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>', found.group()))
        end = found.end()
    parts.append(conditional_escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped above
