"""A word that something was done, with a button that puts it back: for changes that another form can reverse."""

import json

from django.contrib import messages
from django.http import HttpRequest


def undoable(request: HttpRequest, text: str, address: str, **fields: object) -> None:
    """Show `text` as a toast that offers to post `fields` to `address`."""
    way_back = {"address": address, "fields": {name: str(value) for name, value in fields.items()}}
    messages.success(request, text, extra_tags=json.dumps(way_back))


def way_back(tags: str | None) -> dict[str, object] | None:
    """What `undoable` left in a message's extra tags; None for any other message."""
    if not tags or not tags.startswith("{"):
        return None
    found: dict[str, object] = json.loads(tags)
    return found
