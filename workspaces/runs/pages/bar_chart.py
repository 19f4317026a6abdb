"""Lay out a chart of stacked bars. All sizes are computed here, so that templates only write attributes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.pages import times
from workspaces.runs.pages.display_state import DISPLAY_STATES
from workspaces.runs.pages.history import Slices, total
from workspaces.runs.pages.periods import Window, begins_a_day

HEIGHT = 150
SMALLEST = 3  # so that a single failed run among thousands is visible


@dataclass(frozen=True, slots=True)
class Block:
    """The part of a bar for one state."""

    display_state: str
    y: float
    height: float
    runs: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The runs of one slice of time."""

    x: str
    width: str
    start: datetime
    end: datetime
    runs: int
    blocks: list[Block]
    link: str

    @property
    def times(self) -> str:
        """Return the time range of the slice as text."""
        return times.time_range(self.start, self.end)

    @property
    def summary(self) -> str:
        """The number of runs in each state, in words."""
        return ", ".join(f"{block.runs:,} {block.display_state}" for block in reversed(self.blocks))


@dataclass(frozen=True, slots=True)
class Mark:
    """A label at a position on an axis."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, with its scale on the left, times below, and the total count of each state."""

    bars: list[Bar]
    scale: list[Mark]
    hours: list[Mark]
    totals: list[tuple[str, int]]
    runs: int
    height: int = HEIGHT


def stacked_bars(slices: Slices, window: Window, link: Callable[[datetime, datetime], str]) -> Chart:
    """Return a chart of the runs in the window. `link` returns the URL of the list of runs between two times."""
    highest = max((counts.total() for counts in slices.values()), default=0)
    top = _round_up(highest)
    step = 100 / window.slices
    bars = [
        Bar(
            x=f"{number * step + step * 0.12:.3f}%",
            width=f"{step * 0.76:.3f}%",
            start=window.slice_start(number),
            end=window.slice_start(number + 1),
            runs=slices[number].total(),
            blocks=_blocks(slices[number], top),
            link=link(window.slice_start(number), window.slice_start(number + 1)),
        )
        for number in range(window.slices)
        if slices.get(number)
    ]
    sums = total(slices)
    return Chart(
        bars=bars,
        scale=[Mark(f"{HEIGHT - HEIGHT * part:.0f}", f"{top * part:,.0f}") for part in (1, 0.5)] if top > 1 else [],
        hours=_hours(window),
        totals=[(state, sums[state]) for state in reversed(DISPLAY_STATES) if sums[state]],
        runs=sums.total(),
    )


def _blocks(counts: Counter[str], top: int) -> list[Block]:
    heights = {state: max(SMALLEST, HEIGHT * counts[state] / top) for state in DISPLAY_STATES if counts[state]}
    # The smallest blocks are higher than their share. The tallest one is reduced by the excess, so that the bar fits.
    excess = sum(heights.values()) - HEIGHT
    if excess > 0:
        tallest = max(heights, key=lambda state: heights[state])
        heights[tallest] -= excess
    blocks, y = [], float(HEIGHT)
    for state, height in heights.items():
        y -= height
        blocks.append(Block(state, round(y, 2), round(height, 2), counts[state]))
    return blocks


def _round_up(highest: int) -> int:
    """Round up to a number for the top of a scale whose half is whole: 2, 4, 6, 8, 10, 12, 16, 20, 24, 30 ..."""
    if highest <= 10:
        return highest + highest % 2 if highest > 1 else highest
    size: int = 10 ** (len(str(highest - 1)) - 2)
    return next(step * size for step in (12, 16, 20, 24, 30, 40, 50, 60, 80, 100) if step * size >= highest)


def _hours(window: Window) -> list[Mark]:
    """Return the labels of the axis: about six days or, in a window of some hours, times."""
    starts = list(enumerate(window.edges[:-1]))
    days = window.end - window.start > timedelta(days=2)
    if days:
        starts = [(number, start) for number, start in starts if begins_a_day(start)]
    return [
        Mark(f"{number * 100 / window.slices:.3f}%", times.short_day(start) if days else times.hour(start))
        for number, start in starts[:: max(1, len(starts) // 6)]
    ]
