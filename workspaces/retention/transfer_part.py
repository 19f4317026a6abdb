"""The part of retention in a transfer: what the target keeps for a shorter time. A legal hold blocks the transfer."""

from django.utils import timezone

from core.db import tenants
from workspaces.retention.holds import ON_HOLD, is_held
from workspaces.retention.models import WorkspaceRetention
from workspaces.retention.rules import account_retention, cutoff, lower_of, old_events, old_logs, old_runs
from workspaces.transfer_parts.registry import Figure, Move, Part, count_some

_LABELS = {
    "runs": (old_runs, "Runs that ended more than {} days ago: removed"),
    "logs": (old_logs, "Log lines older than {} days: removed"),
    "events": (old_events, "Events older than {} days: removed"),
}


def _figures(move: Move) -> list[Figure]:
    # Only numbers of days are read of the target, whichever accounts the request has entered.
    with tenants.reaching(move.workspace.id, move.target.id):
        own = WorkspaceRetention.objects.filter(workspace=move.workspace).first()
        retention = lower_of(account_retention(move.target), own)
    found = []
    for kind, (rows, label) in _LABELS.items():
        days = getattr(retention, kind)
        before = cutoff(timezone.now(), days)
        if before is not None:
            number = count_some(rows(move.workspace.id, before))
            found.append(Figure(f"old_{kind}", label.format(days), number, depends_on_target=True))
    return found


def _problems(move: Move) -> list[str]:
    return [f"This workspace {ON_HOLD}"] if is_held(move.workspace) else []


RETENTION = Part("retention", "Retention", figures=_figures, problems=_problems)
