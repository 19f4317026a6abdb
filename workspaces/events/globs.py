"""Shell globs (`*`, `?`, `[...]`) whose time is proportional to the length of the text, whatever the pattern."""

import re
from collections.abc import Callable
from fnmatch import translate

TextTest = Callable[[str], bool]

# For patterns with `?` or `[...]`, whose time is proportional to the lengths of pattern and text multiplied.
_LONGEST_TEXT = 2_000


def glob(pattern: str) -> TextTest:
    """Return a function that tells whether a whole text matches the pattern, case-sensitively."""
    if "?" in pattern or "[" in pattern:
        return _expression(pattern)
    if "*" in pattern:
        return _pieces(pattern.split("*"))
    return pattern.__eq__


def has_wildcard(pattern: str) -> bool:
    """Return whether the pattern has characters that a glob treats specially."""
    return any(character in pattern for character in "*?[")


def _pieces(pieces: list[str]) -> TextTest:
    """Match pieces with anything between them. It is enough to try the first place at which each piece occurs."""
    first, last, middle = pieces[0], pieces[-1], [piece for piece in pieces[1:-1] if piece]
    shortest = sum(map(len, pieces))

    def matches(text: str) -> bool:
        if len(text) < shortest or not text.startswith(first) or not text.endswith(last):
            return False
        position, end = len(first), len(text) - len(last)
        for piece in middle:
            position = text.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True

    return matches


def _expression(pattern: str) -> TextTest:
    # `translate` writes each `*` as an atomic group, so that the expression does not backtrack.
    expression = re.compile(translate(pattern))

    def matches(text: str) -> bool:
        return len(text) <= _LONGEST_TEXT and expression.match(text) is not None

    return matches
