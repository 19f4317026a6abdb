"""Changes of several rows that one form submits, each with the fields `was-<id>` and `now-<id>`."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict

from core.errors import Invalid

MOST_AT_ONCE = 100
MOST_UNDONE = 10  # the undo button's form contains all changes


@dataclass(frozen=True, slots=True)
class StagedChange:
    """A changed row of the form: its value when the page was loaded, and the chosen value."""

    id: UUID
    was: str
    now: str


def staged_changes(data: QueryDict) -> list[StagedChange]:
    """Return the changed rows, in the order of the form.

    Raises `Invalid` if a field name has no valid id, and for more than 100 changes.
    """
    changes = [change for change in _rows(data) if change.was != change.now]
    if len(changes) > MOST_AT_ONCE:
        raise Invalid(f"Change at most {MOST_AT_ONCE} at once.")
    return changes


def _rows(data: QueryDict) -> Iterator[StagedChange]:
    for name, value in data.items():
        prefix, _, id = name.partition("-")
        if prefix == "now":
            try:
                yield StagedChange(UUID(id), str(data.get(f"was-{id}", "")), str(value))
            except ValueError as error:
                raise Invalid("This form is not valid. Load the page again.") from error
