"""The priorities of the queues of a work pool: different whole numbers from 1, and smaller ones are served first."""

from collections.abc import Iterable, Sequence
from uuid import UUID

HIGHEST = 1_000_000_000  # that a client may ask for


def first_free(taken: Iterable[int]) -> int:
    """Return the smallest priority that no queue has."""
    used, priority = set(taken), 1
    while priority in used:
        priority += 1
    return priority


def renumbered(others: Sequence[tuple[UUID, int]], moved: tuple[UUID, int] | None = None) -> dict[UUID, int]:
    """Return the new priority of each queue whose priority has to change, by id.

    `others` are queues in order, with their priorities. A `moved` queue goes in front of those whose priority is the
    same or larger. The order stays, and so do gaps.
    """
    queues = list(others)
    if moved is not None:
        place = next((place for place, (_, priority) in enumerate(queues) if priority >= moved[1]), len(queues))
        queues.insert(place, moved)
    changed, last = {}, 0
    for queue_id, priority in queues:
        last = max(priority, last + 1)
        if last != priority:
            changed[queue_id] = last
    return changed
