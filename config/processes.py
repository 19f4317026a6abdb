"""The processes of a small installation, started together and ended together."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from django.conf import settings

GRACE = 8  # seconds that a process has between the request to end and the end


def site_commands(host: str, port: int) -> dict[str, list[str]]:
    """What serves the site: one process for HTTP and websockets, one for late and regular work."""
    python = [sys.executable, "-m"]
    return {
        "web": [
            *python, "uvicorn", "config.asgi:application", f"--host={host}", f"--port={port}", "--lifespan=on",
            "--ws=websockets-sansio", "--ws-ping-interval=20", "--ws-ping-timeout=20",
            f"--ws-max-size={2 * 1024 * 1024}",
            "--no-access-log", "--log-level=warning", "--timeout-graceful-shutdown=3", "--no-server-header",
            # By itself uvicorn believes forwarded headers of callers on this machine.
            *(["--proxy-headers", "--forwarded-allow-ips=*"] if settings.BEHIND_PROXY else ["--no-proxy-headers"]),
        ],
        "worker": [
            *python, "celery", "--app=config", "--quiet", "worker", "--beat", "--pool=threads", "--concurrency=4",
            "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
    }  # fmt: skip


def run(commands: dict[str, list[str]], *, env: dict[str, str], ready: Callable[[], None]) -> str | None:
    """Run until somebody asks to stop (Ctrl-C, SIGTERM) or one process ends by itself: then its name is returned.

    Each process leads a group of its own. No member of any group outlives this call.
    """
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            processes[name] = subprocess.Popen(command, env=env, start_new_session=True, stdin=subprocess.DEVNULL)
        threading.Thread(target=ready, daemon=True).start()
        while not stop.wait(0.2):
            for name, process in processes.items():
                if process.poll() is not None:
                    return name
        return None
    finally:
        _end(list(processes.values()))
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)  # also what a process that died left behind
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
