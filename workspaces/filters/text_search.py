"""The text search of logs and events.

A text matches if it has one of the words. `-word` and `!word` exclude texts, `+word` is required, `"a b"` is a phrase.
"""

import re

from django.db.models import Q

from core.rest.filters import joined


def terms(query: str) -> tuple[list[str], list[str], list[str]]:
    """Return the required terms, the excluded ones, and those of which one must occur. All are in lower case."""
    required: list[str] = []
    excluded: list[str] = []
    optional: list[str] = []
    for sign, phrase, word in re.findall(r'([-!+]?)(?:"((?:\\.|[^"\\])*)"|(\S+))', query.lower()):
        term = phrase.replace('\\"', '"') or word
        (required if sign == "+" else excluded if sign else optional).append(term)
    return required, excluded, optional


def text_q(column: str, query: str) -> Q:
    """Return the condition that the text in a column matches a search."""
    required, excluded, optional = terms(query)
    condition = Q()
    for term in required:
        condition &= Q(**{f"{column}__icontains": term})
    for term in excluded:
        condition &= ~Q(**{f"{column}__icontains": term})
    return condition & joined("or_", [Q(**{f"{column}__icontains": term}) for term in optional])
