"""Runs of the last day, counted by workspace."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from workspaces.runs import states
from workspaces.runs.models import FlowRun


@dataclass(frozen=True, slots=True)
class Tally:
    """Runs of the last day."""

    runs: int = 0
    failed: int = 0
    completed: int = 0

    @property
    def other(self) -> int:
        return self.runs - self.failed - self.completed

    @property
    def failed_from(self) -> int:
        """Where the failed part of the bar begins."""
        return self.runs - self.failed


def tallies(ids: Collection[UUID]) -> dict[UUID, Tally]:
    """By workspace; one without runs is not in it."""
    since = timezone.now() - timedelta(days=1)
    counted = (
        FlowRun.objects.filter(workspace__in=ids, expected_start_time__range=(since, timezone.now()))
        .values("workspace")
        .annotate(
            runs=Count("id"),
            failed=Count("id", filter=Q(state_type__in=[states.FAILED, states.CRASHED])),
            completed=Count("id", filter=Q(state_type=states.COMPLETED)),
        )
    )
    return {row["workspace"]: Tally(row["runs"], row["failed"], row["completed"]) for row in counted}
