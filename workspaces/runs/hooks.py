"""Hooks by which packages that build on runs tell more about them on pages.

`workspaces.scheduling` registers them in `AppConfig.ready()`:

    hooks.late_notes.append(late_notes)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workspaces.pages import WorkspaceRequest
from workspaces.runs.models import FlowRun


@dataclass(frozen=True, slots=True)
class LateNote:
    """One reason why a run has not started: a sentence, a link to what it speaks of, and the runs in the way."""

    message: str
    url: str = ""
    label: str = ""
    since: datetime | None = None
    runs: Sequence[FlowRun] = field(default_factory=list)


# Called for a page of a run. Returns nothing for a run that is not late.
late_notes: list[Callable[[WorkspaceRequest, FlowRun], Sequence[LateNote]]] = []
