"""Read the search text from a query string, and build query strings for links."""

from collections.abc import Sequence

from django.http import QueryDict

from core.rest.shapes import plain

LONGEST_SEARCH = 200


def search_text(params: QueryDict, name: str = "q") -> str:
    """Return what was typed into a search field."""
    return plain(params.get(name, "")).strip()[:LONGEST_SEARCH]


def query_string(params: QueryDict, changes: dict[str, str | Sequence[str] | None]) -> str:
    """Return the parameters as `?...` with some changed. None takes a parameter away; a list gives it several times."""
    changed = params.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed.setlist(name, [value] if isinstance(value, str) else list(value))
    return f"?{changed.urlencode()}"


def shortened(text: str, most: int) -> str:
    """Return the text, cut to `most` characters with an ellipsis if it is longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def without_empty(params: QueryDict, *others: str) -> QueryDict:
    """Return the parameters without `others`, and without the empty values that forms send."""
    kept = QueryDict(mutable=True)
    for name, values in params.lists():
        if name not in others and (full := [value for value in values if value]):
            kept.setlist(name, full)
    return kept
