"""Fail runs that were paused and not resumed in time."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from auditlog.actors import system
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.runs.orchestration.flow_rules import MINIMAL
from workspaces.runs.orchestration.run_state import RunState
from workspaces.scheduling.fair_batches import change_states, first_of_each_workspace

_MOST, _MOST_OF_WORKSPACE = 200, 50


def fail_expired_pauses() -> int:
    """Fail the paused runs whose timeout has passed. Return how many there were in this pass."""
    # The stored times are texts of one format in UTC, so they sort like the times, but for fractions of seconds.
    soon = (timezone.now() + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    states = FlowRunState.objects.annotate(timeout=Cast(KT("state_details__pause_timeout"), TextField()))
    expired = FlowRun.objects.filter(Exists(states.filter(id=OuterRef("state"), timeout__lt=soon)), state_type="PAUSED")
    ids = first_of_each_workspace(expired, "state_timestamp", most=_MOST, most_of_workspace=_MOST_OF_WORKSPACE)
    return change_states(ids, _failed, system("pause expirations"), rules=MINIMAL)


def _failed(run: FlowRun, current: RunState) -> RunState | None:
    now = timezone.now()
    if current.type != "PAUSED" or current.pause_timeout is None or current.pause_timeout >= now:
        return None
    return RunState("FAILED", "Failed", now, "The flow was paused and never resumed.")
