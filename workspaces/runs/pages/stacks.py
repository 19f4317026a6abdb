"""Stacked bars as a drawing: every size is worked out here, so the template only writes attributes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from workspaces.runs.pages.history import Slices, total
from workspaces.runs.pages.looks import LOOKS
from workspaces.runs.pages.periods import Window

HEIGHT = 150
SMALLEST = 3  # a single failed run among thousands must still be seen


@dataclass(frozen=True, slots=True)
class Block:
    look: str
    y: float
    height: float
    runs: int


@dataclass(frozen=True, slots=True)
class Bar:
    x: str
    width: str
    start: datetime
    end: datetime
    runs: int
    blocks: list[Block]
    link: str

    @property
    def summary(self) -> str:
        return ", ".join(f"{block.runs:,} {block.look}" for block in reversed(self.blocks))


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place on an axis."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    scale: list[Mark]
    hours: list[Mark]
    totals: list[tuple[str, int]]
    runs: int
    height: int = HEIGHT


def stacked_bars(slices: Slices, window: Window, link: Callable[[datetime, datetime], str]) -> Chart:
    """`link` gives the address of the runs between two moments."""
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
        totals=[(look, sums[look]) for look in reversed(LOOKS) if sums[look]],
        runs=sums.total(),
    )


def _blocks(counts: Counter[str], top: int) -> list[Block]:
    heights = {look: max(SMALLEST, HEIGHT * counts[look] / top) for look in LOOKS if counts[look]}
    # What the smallest blocks take too much is taken from the others, so that no bar leaves the drawing.
    excess = sum(heights.values()) - HEIGHT
    if excess > 0:
        tallest = max(heights, key=lambda look: heights[look])
        heights[tallest] -= excess
    blocks, y = [], float(HEIGHT)
    for look, height in heights.items():
        y -= height
        blocks.append(Block(look, round(y, 2), round(height, 2), counts[look]))
    return blocks


def _round_up(highest: int) -> int:
    """The next number a scale likes to end with: 2, 4, 6, 8, 10, 12, 16, 20, 24, 30 ..., whose half is whole."""
    if highest <= 10:
        return highest + highest % 2 if highest > 1 else highest
    size: int = 10 ** (len(str(highest - 1)) - 2)
    return next(step * size for step in (12, 16, 20, 24, 30, 40, 50, 60, 80, 100) if step * size >= highest)


def _hours(window: Window) -> list[Mark]:
    every = max(1, window.slices // 6)
    days = window.slice.total_seconds() >= 6 * 3600
    return [
        Mark(f"{number * 100 / window.slices:.3f}%", f"{window.slice_start(number):{'%d %b' if days else '%H:%M'}}")
        for number in range(0, window.slices, every)
    ]
