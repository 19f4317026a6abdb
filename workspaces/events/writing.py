"""Store the events in frames of a workspace, and all that follows from them, in one transaction."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import DatabaseError, IntegrityError, OperationalError, close_old_connections, transaction

from core.db import tenants
from core.db.statements import is_away
from workspaces.events.frames import InvalidFrame, parse_event
from workspaces.events.models import Event
from workspaces.events.run_bounds import foreign_events
from workspaces.events.services import store_events
from workspaces.models import Workspace
from workspaces.run_keys.bounds import RunBounds

logger = logging.getLogger("bailiwick.events")

_LOGGED = 10  # lines about the bad frames of one connection

# Called with the events that are stored, in the same transaction.
Consumer = Callable[[Workspace, Sequence[Event]], None]


class Origin:
    """The connection that frames come from, with the number of its frames that were dropped.

    If its key is that of a flow run, `run` says what its events may name.
    """

    def __init__(self, run: RunBounds | None = None) -> None:
        self.dropped = 0
        self.run = run

    def drop(self, reason: str) -> None:
        """Count a dropped frame, and log the first ones."""
        self.dropped += 1
        if self.dropped <= _LOGGED:
            logger.warning("A frame was dropped: %s", reason)


class Frame:
    """A frame that waits to be stored. It is parsed as late as possible, since events take much more memory."""

    __slots__ = ("body", "dropped", "origin", "received")

    def __init__(self, body: bytes, received: datetime, origin: Origin) -> None:
        self.body, self.received, self.origin = body, received, origin
        self.dropped = False

    def event(self, workspace: Workspace) -> Event | None:
        """Return the event in this frame. Logs a warning and returns None if there is none."""
        if self.dropped:
            return None
        try:
            return parse_event(workspace.id, self.body, self.received)
        except InvalidFrame as error:
            self.drop(f"it holds no event: {error}")
            return None

    def drop(self, reason: str) -> None:
        """Do not store the frame, not even when its batch is tried again."""
        self.dropped = True
        self.origin.drop(reason)


def write_frames(workspace: Workspace, frames: Sequence[Frame], consumers: Sequence[Consumer]) -> bool:
    """Store the events in these frames. Raises `OperationalError` if the database is unavailable.

    Returns False if they cannot be stored together. Nothing is stored then, and the caller must try again with fewer
    frames, so that a bad frame does not affect others. A frame that cannot be stored alone is dropped.
    """
    close_old_connections()
    with tenants.reaching(workspace.id, workspace.account_id):
        return _write_frames(workspace, frames, consumers)


def _write_frames(workspace: Workspace, frames: Sequence[Frame], consumers: Sequence[Consumer]) -> bool:
    parsed = [(frame, event) for frame in frames if (event := frame.event(workspace)) is not None]
    try:
        events = _within_bounds(parsed)
        _store(workspace, events, consumers)
    except Exception as error:  # no event may stop the writer, which serves all workspaces
        if isinstance(error, OperationalError) and is_away(error):
            raise
        if len(frames) > 1:
            return False
        events = [event for frame, event in parsed if not frame.dropped]
        if not _store_again(workspace, events, consumers, error):
            frames[0].drop(f"event {events[0].id} cannot be stored: {str(error).splitlines()[0]}")
    return True


def _within_bounds(parsed: Sequence[tuple[Frame, Event]]) -> list[Event]:
    """Return the events, and drop those that the key of a flow run may not send."""
    of_runs: dict[RunBounds, list[tuple[Frame, Event]]] = {}
    for frame, event in parsed:
        if frame.origin.run is not None:
            of_runs.setdefault(frame.origin.run, []).append((frame, event))
    for run, sent in of_runs.items():
        for position in foreign_events(run, [event for _, event in sent]):
            sent[position][0].drop("it names what does not belong to the run of the key")
    return [event for frame, event in parsed if not frame.dropped]


def _store(workspace: Workspace, events: Sequence[Event], consumers: Sequence[Consumer]) -> None:
    if not events:
        return
    with transaction.atomic():
        store_events(events)
        for consume in consumers:
            consume(workspace, events)


def _store_again(
    workspace: Workspace, events: Sequence[Event], consumers: Sequence[Consumer], error: Exception
) -> bool:
    """Return whether the events can be stored now, in case another process has created the same task run meanwhile."""
    if not isinstance(error, IntegrityError):
        return False
    try:
        _store(workspace, events, consumers)
    except DatabaseError as again:
        if isinstance(again, OperationalError) and is_away(again):
            raise
        return False
    return True
