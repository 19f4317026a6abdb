"""Count things that are open at once, such as sockets, for each subject."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit on what is open at once for a subject; 0 is none. `what` completes "Too many ..."."""

    subject: Hashable
    limit: int
    what: str


class TooManyOpen(Exception):
    """A cap is reached. The message says which."""


class OpenCounts:
    """Count what is open in this process. Not thread-safe."""

    def __init__(self) -> None:
        self._open: Counter[Hashable] = Counter()

    def __getitem__(self, subject: Hashable) -> int:
        return self._open[subject]

    @contextmanager
    def hold(self, caps: Sequence[Cap]) -> Iterator[None]:
        """Count one more for each subject inside the block. Raises `TooManyOpen` if a cap is reached."""
        for cap in caps:
            if cap.limit and self._open[cap.subject] >= cap.limit:
                raise TooManyOpen(f"Too many {cap.what}: at most {cap.limit} at once")
        self._open.update(cap.subject for cap in caps)
        try:
            yield
        finally:
            for cap in caps:
                self._open[cap.subject] -= 1
                if not self._open[cap.subject]:
                    del self._open[cap.subject]
