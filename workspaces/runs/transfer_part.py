"""The part of runs in a transfer: those in progress go on."""

from workspaces.runs import states
from workspaces.runs.models import FlowRun
from workspaces.transfer_parts.registry import Figure, Move, Part, count_some


def _figures(move: Move) -> list[Figure]:
    running = FlowRun.objects.filter(workspace=move.workspace.id, state_type=states.RUNNING)
    return [Figure("running", "Flow runs in progress, which go on", count_some(running))]


RUNS = Part("runs", "Runs", figures=_figures)
