#!/usr/bin/env python3
"""Both servers under the same load on PostgreSQL, in turn on this machine; the table of docs/performance.md.

`make bench`. Needs PostgreSQL and Redis at 127.0.0.1, ../shared (the driver and the reference server), and nginx to
have HTTP and websockets at one address as an installation has them; without nginx one process serves both.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BIN = ROOT / ".venv" / "bin"
HTTP, WEB, SOCKETS, REFERENCE = 8171, 8172, 8173, 8174
SERVER = "127.0.0.1/{name}"
ROUNDS = 2


def main() -> None:
    python = Path(_words(SHARED / "peer" / "setup")) / "bin" / "python"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures: dict[str, list[dict[str, Any]]] = {"reference": [], "ours": []}
        for number in range(ROUNDS):
            out = Path(folder)
            with reference(out, f"bench_reference_{number}") as (url, pid):
                figures["reference"].append(drive(python, out, url, [pid]))
            with ours(out, f"bench_ours_{number}") as (url, key, pids):
                figures["ours"].append(drive(python, out, url, pids, key))
    print_table({name: best(runs) for name, runs in figures.items()})


@contextmanager
def reference(folder: Path, name: str) -> Iterator[tuple[str, int]]:
    fresh(name)
    serve = [
        str(SHARED / "peer" / "serve"),
        str(REFERENCE),
        f"postgresql+asyncpg://postgres@{SERVER.format(name=name)}",
    ]
    with running([serve], folder, {}) as (pid,):
        url = f"http://127.0.0.1:{REFERENCE}/api"
        wait_for(f"{url}/health")
        yield url, pid


@contextmanager
def ours(folder: Path, name: str) -> Iterator[tuple[str, str, list[int]]]:
    """Web processes under WSGI and websocket processes under ASGI behind nginx, as docker-compose.yml has them."""
    fresh(name)
    env = {
        "DATABASE_URL": f"postgres://postgres@{SERVER.format(name=name)}",
        "REDIS_URL": "redis://127.0.0.1:6379/7",
        "BAILIWICK_DATA_DIR": str(folder / name),
        "BAILIWICK_PLAIN_STATIC": "true",
        "PORT": str(HTTP),
    }
    manage = [str(BIN / "python"), "manage.py"]
    quiet = {"cwd": ROOT, "env": {**os.environ, **env}, "check": True, "capture_output": True, "text": True}
    subprocess.run([*manage, "migrate"], **quiet)  # type: ignore[call-overload]  # keywords from a dict
    who = ["--email", "bench@example.com", "--handle", "bench", "--workspace", "main", "--json"]
    made = json.loads(subprocess.run([*manage, "bootstrap", *who], **quiet).stdout)  # type: ignore[call-overload]  # keywords from a dict
    nginx = shutil.which("nginx")
    web = [str(BIN / "granian"), "--interface", "wsgi", "--port", str(WEB), "--blocking-threads", "4", "--no-ws",
           "--log-level", "warning", "config.wsgi:application"]  # fmt: skip
    sockets = [str(BIN / "uvicorn"), "config.asgi:application", "--port", str(SOCKETS if nginx else HTTP), "--lifespan",
               "on", "--ws", "websockets-sansio", "--no-access-log", "--log-level", "warning"]  # fmt: skip
    commands = [web, sockets] if nginx else [sockets]
    with running(commands, folder, env) as pids:
        if nginx:
            (folder / "nginx.conf").write_text(NGINX.format(folder=folder, web=WEB, sockets=SOCKETS, port=HTTP))
            with running([[nginx, "-c", str(folder / "nginx.conf")]], folder, {}):
                wait_for(f"http://127.0.0.1:{HTTP}/api/health")
                yield made["api_url"], made["api_key"], pids
        else:
            wait_for(f"http://127.0.0.1:{HTTP}/api/health")
            yield made["api_url"], made["api_key"], pids


def drive(python: Path, folder: Path, url: str, pids: list[int], key: str = "") -> dict[str, Any]:
    out = folder / "figures.json"
    command = [str(python), str(SHARED / "bench" / "api_bench.py"), "--url", url, "--json", str(out)]
    command += ["--pids", ",".join(map(str, pids)), *(["--key", key] if key else [])]
    subprocess.run(command, check=True, stdout=sys.stderr)
    figures: dict[str, Any] = json.loads(out.read_text())
    return figures


def best(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each scenario the round with the least CPU: noise of the machine only adds."""
    return {name: min((run[name] for run in runs), key=lambda row: row["cpu_ms_per_operation"]) for name in runs[0]}


def print_table(figures: dict[str, dict[str, Any]]) -> None:
    print("| Scenario | reference, CPU ms | Bailiwick, CPU ms | CPU | rate | median |")
    print("|---|---|---|---|---|---|")
    ratios: list[list[float]] = []
    for name, mine in figures["ours"].items():
        theirs = figures["reference"].get(name)
        if theirs is None or name == "warm-up":
            continue
        row = [
            theirs["cpu_ms_per_operation"] / mine["cpu_ms_per_operation"],
            mine["per_second"] / theirs["per_second"],
            theirs["p50_ms"] / mine["p50_ms"],
        ]
        ratios.append(row)
        cells = " | ".join(f"{ratio:.1f}×" for ratio in row)
        print(f"| {name} | {theirs['cpu_ms_per_operation']:.2f} | {mine['cpu_ms_per_operation']:.2f} | {cells} |")
    means = [_geometric([row[column] for row in ratios]) for column in range(3)]
    print("| geometric mean | | | " + " | ".join(f"{mean:.1f}×" for mean in means) + " |")


@contextmanager
def running(commands: list[list[str]], folder: Path, env: dict[str, str]) -> Iterator[list[int]]:
    processes = []
    try:
        for command in commands:
            with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log, start_new_session=True
                    )
                )
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            process.wait(30)


def fresh(name: str) -> None:
    for statement in (f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"):
        subprocess.run(["psql", "-qh", "127.0.0.1", "-U", "postgres", "-c", statement], check=True, capture_output=True)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):
                return
        except HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.3)
    sys.exit(f"{url} does not answer")


def _words(command: Path) -> str:
    return subprocess.run([str(command)], check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]


def _geometric(values: list[float]) -> float:
    product = 1.0
    for value in values:
        product *= value
    return float(product ** (1 / len(values)))


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  upstream web {{ server 127.0.0.1:{web}; keepalive 32; }}
  map $http_upgrade $site {{ default http://web; ~*^websocket$ http://127.0.0.1:{sockets}; }}
  map $http_upgrade $connection_upgrade {{ default ""; ~*^websocket$ upgrade; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 20m;
    location / {{
      proxy_pass $site; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }}
  }}
}}
"""

if __name__ == "__main__":
    main()
