"""Start and stop the processes of a small installation together."""

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from django.conf import settings

from config import guard
from config.forwarding import heavy_socket

GRACE = 8  # seconds between asking a process to end and killing it
RESTARTED = "heavy"
RESTART_SECONDS = 5  # between two starts
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
# Loaded here because a child must not load anything between fork and exec.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def site_commands(host: str, port: int) -> dict[str, list[str]]:
    """Return the commands of the site.

    The processes are for HTTP and websockets, for heavy requests, and for background tasks.
    """
    python = [sys.executable, "-m"]
    quiet = ["--no-access-log", "--log-level=warning", "--no-server-header"]
    uvicorn = ["--lifespan=on", "--timeout-graceful-shutdown=3", *quiet]
    trusting = ["--proxy-headers", "--forwarded-allow-ips=*"]
    return {
        "web": [
            *python, "uvicorn", "config.web_asgi:application", f"--host={host}", f"--port={port}", *uvicorn,
            "--http=config.http_protocol:BoundedHttp",
            "--ws=config.websocket_protocol:BoundedProtocol", "--ws-ping-interval=20", "--ws-ping-timeout=20",
            # A compressed message of some kilobytes can be megabytes, and costs the event loop as much.
            f"--ws-max-size={2 * 1024 * 1024}", "--ws-per-message-deflate=false",
            # By default uvicorn trusts forwarded headers from this machine.
            *(trusting if settings.BEHIND_PROXY else ["--no-proxy-headers"]),
        ],
        # Only the web process can reach the socket, so the headers that name the client can be trusted.
        "heavy": [
            *python, "uvicorn", "config.heavy:application", f"--uds={heavy_socket()}", "--ws=none", *uvicorn, *trusting,
        ],
        "worker": [
            *python, "celery", "--app=config", "--quiet", "worker", "--beat", "--pool=threads", "--concurrency=4",
            "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
    }  # fmt: skip


def run(commands: dict[str, list[str]], *, env: dict[str, str], ready: Callable[[], None]) -> str | None:
    """Run until a signal to stop (Ctrl-C, SIGTERM), or until a process ends by itself. Returns that process's name.

    The process for heavy requests is started again instead. It is the most likely to run out of memory, and the web
    process does its work meanwhile.
    Each process leads its own group. No process of any group outlives this call, even if this process is killed.
    """
    processes: dict[str, subprocess.Popen[bytes]] = {}
    next_restart = 0.0
    with _signals_as_bytes() as signals, _guarding() as guard_input:
        try:
            for name, command in commands.items():
                processes[name] = _start(command, env, guard_input)
            threading.Thread(target=ready, daemon=True).start()
            while not _asked_to_stop(signals):
                for name, process in processes.items():
                    if process.poll() is None:
                        continue
                    if name != RESTARTED:
                        return name
                    if time.monotonic() >= next_restart:
                        next_restart = time.monotonic() + RESTART_SECONDS
                        processes[name] = _start(commands[name], env, guard_input)
            return None
        finally:
            _end(list(processes.values()))


@contextlib.contextmanager
def _signals_as_bytes() -> Iterator[socket.socket]:
    """Write each signal's number to a socket.

    The interpreter writes it. A Python handler could wait forever for a lock that is held by the code it interrupted.
    """
    receiver, sender = socket.socketpair()
    receiver.setblocking(False)
    sender.setblocking(False)
    wakeup_before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, _ignore) for number in (*_STOP_SIGNALS, signal.SIGCHLD)}
    try:
        yield receiver
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup_before)
        receiver.close()
        sender.close()


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing. Without a Python handler the interpreter does not write to the socket."""


def _asked_to_stop(signals: socket.socket) -> bool:
    """Wait up to a second for a signal, and return whether it asks to stop."""
    select.select([signals], [], [], 1)
    with contextlib.suppress(BlockingIOError):
        return bool(set(signals.recv(4096)) & set(_STOP_SIGNALS))
    return False


@contextlib.contextmanager
def _guarding() -> Iterator[int]:
    """Run `guard.py`, and yield the descriptor to which the process groups are written that it ends."""
    command = [sys.executable, "-I", "-S", guard.__file__, str(GRACE)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert process.stdin is not None
    try:
        yield process.stdin.fileno()
    finally:
        process.kill()  # before its input is closed, since all processes have ended
        process.wait()
        process.stdin.close()


def _start(command: list[str], env: dict[str, str], guard_input: int) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def end_with_parent() -> None:
        """Let Linux send SIGTERM when the parent dies."""
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the call
                os._exit(1)

    process = subprocess.Popen(
        command, env=env, start_new_session=True, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
    )
    os.write(guard_input, f"{process.pid}\n".encode())
    return process


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)  # also children that a dead process left behind
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
