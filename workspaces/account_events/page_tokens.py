"""The token in the address of a next page: the query and where it continues, signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from pydantic import ValidationError

from core.errors import Invalid
from workspaces.account_events.filters import AccountEventFilter
from workspaces.account_events.reading import Position

_SALT = "account events"
_LONGEST = 6_000  # proxies refuse longer addresses


@dataclass(frozen=True, slots=True)
class PageToken:
    """A query of the events. `total` is what its first page counted, `offset` how many are yet to be skipped."""

    account_id: UUID
    event_filter: AccountEventFilter
    limit: int
    total: int
    position: Position
    offset: int = 0

    def sign(self) -> str:
        """Return the token as text. Raises `Invalid` if the filter is too large for an address."""
        entry, event = self.position.entry, self.position.event
        values = {
            "account": str(self.account_id),
            "filter": self.event_filter.model_dump(mode="json"),
            "limit": self.limit,
            "total": self.total,
            "offset": self.offset,
            "entry": str(entry) if entry else None,
            "event": [event[0].isoformat(), str(event[1])] if event else None,
        }
        text = signing.dumps(values, salt=_SALT, compress=True)
        if len(text) > _LONGEST:
            raise Invalid("The filter is too large to be continued on a second page.")
        return text


def read_token(text: str) -> PageToken:
    """Return the token in a text. Raises `Invalid` if this server did not sign it."""
    try:
        values: dict[str, Any] = signing.loads(text, salt=_SALT)
        event_filter = AccountEventFilter.model_validate(values["filter"])
    except (signing.BadSignature, ValidationError):  # or signed by a version with other filters
        raise Invalid("The page token is not valid.") from None
    entry, event = values["entry"], values["event"]
    return PageToken(
        UUID(values["account"]),
        event_filter,
        values["limit"],
        values["total"],
        Position(
            UUID(entry) if entry else None,
            (datetime.fromisoformat(event[0]), UUID(event[1])) if event else None,
        ),
        values["offset"],
    )
