"""Count the runs in each slice of a window, by the state in which pages show them."""

from bisect import bisect
from collections import Counter, defaultdict
from datetime import timedelta
from math import gcd

from workspaces.runs.history import Runs, counts_by_slice
from workspaces.runs.pages.display_state import display_state
from workspaces.runs.pages.periods import Window

Slices = dict[int, Counter[str]]


def runs_by_slice(runs: Runs, window: Window) -> Slices:
    """Return the counts by the number of the slice in which the runs are expected to start."""
    # The database counts in parts of equal length, of which each slice has some. Slices differ when the clocks change.
    offsets = [edge - window.start for edge in window.edges]
    part = timedelta(seconds=gcd(*(int(offset.total_seconds()) for offset in offsets)))
    slices: Slices = defaultdict(Counter)
    for number, state_type, state_name, count in counts_by_slice(runs, window.start, window.end, part):
        slices[bisect(offsets, number * part) - 1][display_state(state_type, state_name)] += count
    return slices


def total(slices: Slices) -> Counter[str]:
    """Return the counts of all slices together."""
    return sum(slices.values(), Counter())
