"""Mark runs as late that nobody has started in time. Workers still take them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from auditlog.actors import system
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.flow_rules import LATE
from workspaces.runs.orchestration.run_state import RunState, scheduled_state
from workspaces.scheduling.fair_batches import change_states, first_of_each_workspace

LATE_AFTER = timedelta(seconds=15)
_MOST, _MOST_OF_WORKSPACE = 400, 100


def mark_late_runs() -> int:
    """Give overdue runs the state Late. Return how many there were in this pass."""
    overdue = overdue_runs(timezone.now())
    ids = first_of_each_workspace(
        overdue, "next_scheduled_start_time", most=_MOST, most_of_workspace=_MOST_OF_WORKSPACE
    )
    return change_states(ids, _late, system("late runs"), rules=LATE)


def overdue_runs(now: datetime) -> QuerySet[FlowRun]:
    """Return the runs that are to be marked as late."""
    return FlowRun.objects.filter(
        state_type="SCHEDULED", state_name="Scheduled", next_scheduled_start_time__lte=now - LATE_AFTER
    )


def _late(run: FlowRun, current: RunState) -> RunState | None:
    now = timezone.now()
    due = run.next_scheduled_start_time
    if run.state_name != "Scheduled" or due is None or due > now - LATE_AFTER:
        return None
    return scheduled_state("Late", current.scheduled_time or due, now)
