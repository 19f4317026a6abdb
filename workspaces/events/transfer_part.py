"""The part of events in a transfer: those that the target keeps for a shorter time."""

from datetime import timedelta

from django.utils import timezone

from orgs.plans import retention_of
from workspaces.events.models import Event
from workspaces.transfer_parts.registry import Figure, Move, Part, count_some


def _figures(move: Move) -> list[Figure]:
    days = retention_of(move.target).events
    if days is None:
        return []
    events = Event.objects.filter(workspace=move.workspace.id, occurred__lt=timezone.now() - timedelta(days=days))
    label = f"Events older than {days} days: removed"
    return [Figure("old_events", label, count_some(events), depends_on_target=True)]


EVENTS = Part("events", "Events", figures=_figures)
