"""Read the end of a Python traceback from a log line or the message of a state.

The text comes from clients, so only its end is read, once and line by line.
"""

import re
from dataclasses import dataclass

TAIL = 16_000  # characters at the end of a text that are read
_LONGEST_LINE = 500
_FRAME = re.compile(r'  File "([^"]{1,300})", line ([0-9]{1,9})(?:, in (.{1,200}))?\Z')
_HEAD = "Traceback (most recent call last):"
# Folders of installed packages, in lower case: a frame elsewhere is the author's own code.
_INSTALLED = ("site-packages", "dist-packages", "/lib/python", "\\lib\\", "<frozen ")


@dataclass(frozen=True, slots=True)
class TracebackFrame:
    """A frame of a traceback. `source` is the line of code, or empty if the text does not have it."""

    file: str
    line: int
    function: str
    source: str

    @property
    def is_own_code(self) -> bool:
        """Return whether the code is the author's own, not that of an installed package."""
        file = self.file.lower()  # Windows has "Lib" as well as "lib"
        return not any(part in file for part in _INSTALLED)


@dataclass(frozen=True, slots=True)
class TracebackEnd:
    """The end of a traceback: its last frame and the error.

    `own_frame` is the last frame in the author's own code, or None if that is the last frame itself.
    """

    frame: TracebackFrame
    own_frame: TracebackFrame | None
    error: str


def last_traceback(text: str) -> TracebackEnd | None:
    """Return the end of the last traceback in the text, or None if it has none."""
    lines = [line[:_LONGEST_LINE] for line in text[-TAIL:].splitlines()]
    start = next((number for number in reversed(range(len(lines))) if lines[number].strip() == _HEAD), -1)
    frames: list[TracebackFrame] = []
    error = ""
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if match := _FRAME.match(line):
            frames.append(TracebackFrame(match[1], int(match[2]), match[3] or "", _source(lines, number + 1)))
        elif frames and line and not line[0].isspace():
            error = line
            break
    if not frames:
        return None
    own = next((frame for frame in reversed(frames) if frame.is_own_code), None)
    return TracebackEnd(frames[-1], own if own is not frames[-1] else None, error)


def _source(lines: list[str], number: int) -> str:
    """Return the line of code below a frame, or an empty string."""
    line = lines[number] if number < len(lines) else ""
    return line.strip() if line.startswith("    ") else ""
