"""What an answer to an attack may cost and touch: CPU time of the thread, sockets, files and processes."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

MILLISECONDS = 250
_REACHES_OUT = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request", "subprocess.Popen")
# Modules, templates and icons, which are read on first use.
_CODE = (".py", ".pyc", ".so", ".html", "lucide.zip")

Result = TypeVar("Result")
_watching: list[list[str]] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in _REACHES_OUT:
        _watching[-1].append(f"{event} {args!r}")
    elif event == "open" and not str(args[0]).endswith(_CODE):
        _watching[-1].append(f"open {args[0]!r}")


sys.addaudithook(_audit)  # it cannot be removed, so it looks whether somebody watches


@contextlib.contextmanager
def touched() -> Iterator[list[str]]:
    """Collect what the block does outside the process, apart from the database."""
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


@dataclass
class Faults:
    """Collects the faults of many attacks, so that one test can name them all."""

    found: list[str] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)

    def attack(self, name: str, call: Callable[[], Result]) -> Result:
        """Run an attack, again if it was slow: other processes share the machine, and the garbage collector pauses."""
        result, took, seen = _measured(call)
        for _ in range(2):
            if took > MILLISECONDS:
                result, took, again = _measured(call)
                seen += again
        if took > MILLISECONDS:
            self.found.append(f"{name}: {took:.0f} ms of CPU time")
        self.times.append((took, name))
        self.found += [f"{name}: {what}" for what in seen]
        return result

    def expect(self, name: str, holds: bool, what: object) -> None:
        if not holds:
            self.found.append(f"{name}: {str(what)[:300]}")

    def report(self) -> None:
        """Fail if there is a fault. `pytest -s` shows what was slowest."""
        for took, name in sorted(self.times, reverse=True)[:10]:
            print(f"{took:6.0f} ms  {name}")
        if self.found:
            pytest.fail(f"{len(self.found)} faults:\n" + "\n".join(self.found), pytrace=False)


def _measured(call: Callable[[], Result]) -> tuple[Result, float, list[str]]:
    with touched() as seen:
        start = time.thread_time()
        result = call()
        return result, (time.thread_time() - start) * 1_000, seen
