#!/usr/bin/env python3
"""Measure how much a hostile tenant slows down a quiet one, in a table.

    python scripts/hostile_neighbour.py                        # a site of its own on SQLite, like `make up`
    python scripts/hostile_neighbour.py --layout installation  # PostgreSQL, Redis and nginx, like `make bench`
    python scripts/hostile_neighbour.py --quiet URL KEY --hostile URL KEY  # a running site, by its API URLs

The quiet tenant calls `flow_runs/count` at a steady pace, first alone and then beside the attack. The attacker is
another process at low priority on the same machine; the table also shows the CPU time that it used itself.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench_servers import environment, ours, running, wait_for
from hostile_attacks import ATTACKS
from hostile_measurement import Credentials, Measurement, measure, print_tables

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".venv" / "bin" / "python")


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        if options.quiet and options.hostile:
            quiet, hostile = tuple(options.quiet), tuple(options.hostile)
        else:
            started = small_site if options.layout == "small" else installation
            quiet, hostile = stack.enter_context(started())
        measure(quiet, 3)  # fills caches
        alone = measure(quiet, max(5.0, options.seconds / 2))
        rows = []
        for attacks in [[name] for name in options.attack] if options.each else [options.attack]:
            rows.append((attacks, *attacked(quiet, hostile, attacks, options.seconds)))
            if options.each:
                time.sleep(5)  # lets the server finish what it has queued
    print_tables(alone, rows)
    worst = max(beside.percentile(99) for _, beside, _, _ in rows) / alone.percentile(99)
    if options.bar and (worst > options.bar or any(beside.refused for _, beside, _, _ in rows)):
        sys.exit(f"The quiet tenant's p99 rose to {worst:.1f} times, or calls were refused.")


def attacked(
    quiet: Credentials, hostile: Credentials, attacks: list[str], seconds: float
) -> tuple[Measurement, dict[str, dict[str, int]], float]:
    """Run attacks beside the quiet tenant.

    Returns the measurement of the quiet tenant, the responses to the attacker by attack, and the attacker's CPU time.
    """
    options = {"api_url": hostile[0], "key": hostile[1], "seconds": seconds + 2, "attacks": attacks}
    script = str(ROOT / "scripts" / "hostile_tenant.py")
    with subprocess.Popen([PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attacker:
        assert attacker.stdin is not None
        assert attacker.stdout is not None
        attacker.stdin.write(json.dumps(options))
        attacker.stdin.close()
        attacker.stdout.readline()  # ready
        time.sleep(1)
        beside = measure(quiet, seconds)
        report = json.loads(attacker.stdout.readline())
    return beside, report["results"], report["cpu_seconds"]


@contextmanager
def small_site() -> Iterator[tuple[Credentials, Credentials]]:
    """Run `manage.py up` on SQLite with a new data folder. Yields the credentials of both tenants."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        env = {**os.environ, "PORT": str(port), "BAILIWICK_DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": ""}
        env |= {"BAILIWICK_PLAIN_STATIC": "true"}
        with running([[PYTHON, "manage.py", "up"]], Path(folder), env):
            wait_for(f"http://127.0.0.1:{port}/api/health")
            yield tenant("quiet", env), tenant("hostile", env)
            _show_log(Path(folder) / "python.log")


@contextmanager
def installation() -> Iterator[tuple[Credentials, Credentials]]:
    """Run an installation like `make bench`. Yields the credentials of both tenants."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        env = environment(Path(folder), "hostile_neighbour")
        with ours(Path(folder), "hostile_neighbour", env) as (url, key, _):
            yield (url, key), tenant("hostile", {**os.environ, **env})
            for log in ("granian.log", "uvicorn.log"):
                _show_log(Path(folder) / log)


def tenant(handle: str, env: dict[str, str]) -> Credentials:
    """Create a person with a workspace. Returns the URL of its API and an API key."""
    arguments = ["--email", f"{handle}@example.com", "--handle", handle, "--workspace", "main", "--json"]
    done = subprocess.run(
        [PYTHON, "manage.py", "bootstrap", *arguments], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    )
    created = json.loads(done.stdout)
    return created["api_url"], created["api_key"]


def _show_log(log: Path) -> None:
    """Print how many errors the server logged during the attack, and the first one."""
    failures = [line for line in log.read_text(errors="replace").splitlines() if "Traceback" in line or "ERROR" in line]
    if failures:
        print(f"{len(failures)} failures in {log.name}, the first: {failures[0][:300]}", file=sys.stderr)
        if kept := os.environ.get("KEEP_LOGS"):
            shutil.copy(log, kept)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--layout", choices=["small", "installation"], default="small")
    parser.add_argument("--quiet", nargs=2, metavar=("URL", "KEY"))
    parser.add_argument("--hostile", nargs=2, metavar=("URL", "KEY"))
    parser.add_argument("--attack", nargs="+", choices=list(ATTACKS), default=list(ATTACKS))
    parser.add_argument("--each", action="store_true", help="run one attack after the other")
    parser.add_argument("--bar", type=float, help="fail if the quiet tenant's p99 rises by more than this factor")
    return parser.parse_args()


if __name__ == "__main__":
    main()
