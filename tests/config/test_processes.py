"""Processes end with the one that started them: whenever it is asked to stop, and also if it is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config import ports
from tests.site import ROOT

pytestmark = pytest.mark.one_database(reason="no SQL")

# Sends SIGTERM at the n-th line that `run` or what it waits with executes, and at each line after it, for each n.
EVERY_MOMENT = """
import faulthandler, os, signal, sys, threading
import django
django.setup()
from config import processes

class Killed(BaseException):
    pass

def killed(number, frame):  # what SIGTERM does as long as nobody handles it
    raise Killed

def trace(frame, event, argument):
    global lines
    if frame.f_code.co_filename not in TRACED:
        return None
    if event == "line":
        lines += 1
        if lines >= first:
            os.kill(os.getpid(), signal.SIGTERM)
    return trace

TRACED = {processes.__file__, threading.__file__}
signal.signal(signal.SIGTERM, killed)
for first in range(int(sys.argv[1]), int(sys.argv[2])):
    lines = 0
    faulthandler.dump_traceback_later(10, exit=True)
    sys.settrace(trace)
    try:
        ended = processes.run({"web": ["sleep", "30"]}, env=dict(os.environ), ready=lambda: None)
        assert ended is None, ended
    except Killed:
        pass
    finally:
        sys.settrace(None)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        continue
    raise AssertionError(f"A process outlived the SIGTERM at line {first}.")
"""

# Two processes, one of which has a child of its own and ignores SIGTERM.
FAMILY = """
import os, sys
import django
django.setup()
from config import processes
processes.GRACE = 1
stubborn = "trap '' TERM; sleep 30 & while true; do sleep 1; done"
processes.run({"web": ["sh", "-c", stubborn], "worker": ["sleep", "30"]}, env=dict(os.environ),
              ready=lambda: print("ready", flush=True))
"""


def _script(source: str, mark: str, *arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "MARK": mark}
    command = [sys.executable, "-c", source, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _marked(mark: str) -> list[str]:
    wanted, found = f"MARK={mark}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_sigterm_at_any_moment_ends_everything() -> None:
    script = _script(EVERY_MOMENT, "moments", "1", "70")
    _, errors = script.communicate(timeout=60)
    assert (script.returncode, errors) == (0, "")


def _wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_children_and_grandchildren_end_with_their_parent(number: signal.Signals, tmp_path: Path) -> None:
    mark = f"{tmp_path}-{number}"
    script = _script(FAMILY, mark)
    assert script.stdout is not None
    assert script.stdout.readline() == "ready\n"
    _wait_until(lambda: len(_marked(mark)) >= 5)  # some of them start a moment later
    script.send_signal(number)
    script.wait(10)
    _wait_until(lambda: _marked(mark) == [])
    script.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_listener_is_named_by_its_process() -> None:
    listen = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert ports.listener_on(port).startswith(f"process {process.pid} ({sys.executable} -c import socket")
        process.communicate("\n")
    assert ports.listener_on(port) == ""
