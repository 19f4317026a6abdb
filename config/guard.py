"""End the processes of a supervisor that was killed. Runs as a script and imports nothing of the project.

The supervisor writes the id of each process group that it starts to this script's standard input. Only the
supervisor holds the other end of that pipe, so the input ends when the supervisor does, however it dies.
"""

import os
import signal
import sys
import time


def end_groups(groups: list[int], *, grace: float) -> None:
    """Terminate the process groups, and kill what is left after `grace` seconds."""
    alive = [group for group in groups if _send(group, signal.SIGTERM)]
    deadline = time.monotonic() + grace
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = [group for group in alive if _send(group, 0)]
    for group in alive:
        _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> bool:
    """Send a signal to a process group; return whether the group has members."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS raises this for a group that only has zombies left
        return False
    return True


if __name__ == "__main__":
    for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, signal.SIG_IGN)
    end_groups([int(line) for line in sys.stdin], grace=float(sys.argv[1]))
