"""Messages with an undo button, for changes that another form can reverse."""

import json

from django.contrib import messages
from django.http import HttpRequest


def undoable(request: HttpRequest, text: str, address: str, **fields: object) -> None:
    """Show `text` as a toast with a button that posts `fields` to `address`."""
    way_back = {"address": address, "fields": {name: str(value) for name, value in fields.items()}}
    messages.success(request, text, extra_tags=json.dumps(way_back))


def way_back(tags: str | None) -> dict[str, object] | None:
    """Return what `undoable` put into a message's extra tags, or None for any other message."""
    if not tags or not tags.startswith("{"):
        return None
    found: dict[str, object] = json.loads(tags)
    return found
