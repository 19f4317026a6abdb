"""Numbers of flow runs of the last day, by workspace."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from core.db import tenants
from workspaces.runs import states
from workspaces.runs.models import FlowRun


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Numbers of flow runs that were expected in the last day."""

    runs: int = 0
    failed: int = 0
    completed: int = 0

    @property
    def other(self) -> int:
        return self.runs - self.failed - self.completed

    @property
    def failed_from(self) -> int:
        """The position at which the failed part of the bar begins."""
        return self.runs - self.failed


def count_runs(ids: Collection[UUID]) -> dict[UUID, RunCounts]:
    """Return the numbers by workspace, for workspaces that the person may enter, in one query.

    Workspaces without runs are left out.
    """
    tenants.reach(*ids)
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
    return {row["workspace"]: RunCounts(row["runs"], row["failed"], row["completed"]) for row in counted}
