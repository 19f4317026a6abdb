"""The part of runs and logs in a transfer: what goes on, and what the target keeps for a shorter time."""

from datetime import timedelta

from django.utils import timezone

from orgs.plans import retention_of
from workspaces.runs import states
from workspaces.runs.models import FlowRun, Log
from workspaces.transfer_parts.registry import Figure, Move, Part, count_some


def _figures(move: Move) -> list[Figure]:
    keeps, runs = retention_of(move.target), FlowRun.objects.filter(workspace=move.workspace.id)
    found = [
        Figure("running", "Flow runs in progress, which go on", count_some(runs.filter(state_type=states.RUNNING)))
    ]
    if keeps.runs is not None:
        old = runs.filter(state_type__in=states.TERMINAL, end_time__lt=timezone.now() - timedelta(days=keeps.runs))
        label = f"Runs that ended more than {keeps.runs} days ago: removed"
        found.append(Figure("old_runs", label, count_some(old), depends_on_target=True))
    if keeps.logs is not None:
        logs = Log.objects.filter(workspace=move.workspace.id)
        old_logs = logs.filter(timestamp__lt=timezone.now() - timedelta(days=keeps.logs))
        label = f"Log lines older than {keeps.logs} days: removed"
        found.append(Figure("old_logs", label, count_some(old_logs), depends_on_target=True))
    return found


RUNS = Part("runs", "Runs and logs", figures=_figures)
