"""How many runs each slice of a window holds, by look."""

from collections import Counter, defaultdict

from workspaces.runs.history import Runs, counts_by_slice
from workspaces.runs.pages.looks import look_of
from workspaces.runs.pages.periods import Window

Slices = dict[int, Counter[str]]


def runs_by_slice(runs: Runs, window: Window) -> Slices:
    """Runs by the time at which they were expected to start."""
    slices: Slices = defaultdict(Counter)
    for number, state_type, state_name, runs_there in counts_by_slice(runs, window.start, window.end, window.slice):
        slices[number][look_of(state_type, state_name)] += runs_there
    return slices


def total(slices: Slices) -> Counter[str]:
    return sum(slices.values(), Counter())
