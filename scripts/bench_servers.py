"""Start and stop the servers that the benchmarks measure, each with a new database on PostgreSQL."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BIN = ROOT / ".venv" / "bin"
HTTP, WEB, SOCKETS, REFERENCE, HEAVY = 8171, 8172, 8173, 8174, 8175
SERVER = "127.0.0.1/{name}"

# As in config/heavy.py. It stands for the small share of a container.
_LOW_PRIORITY = ["sh", "-c", 'echo 19 > /proc/self/autogroup; exec nice -n 19 "$@"', "sh"]

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  upstream web {{ server 127.0.0.1:{web}; keepalive 32; }}
  upstream heavy {{
    server 127.0.0.1:{heavy} max_fails=0; server 127.0.0.1:{web} max_fails=0 backup; keepalive 32;
  }}
  map "$http_transfer_encoding $http_content_length" $by_size {{ default web; "~^\\S" heavy; "~ [0-9]{{6,}}$" heavy; }}
  map $http_upgrade $site {{ default http://$by_size; ~*^websocket$ http://127.0.0.1:{sockets}; }}
  map $http_upgrade $connection_upgrade {{ default ""; ~*^websocket$ upgrade; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 20m;
    proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Bailiwick-Heavy $heavy;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    location / {{ set $heavy offered; proxy_pass $site; }}
    location @heavy {{ set $heavy ""; proxy_pass http://heavy; }}
  }}
}}
"""


@contextmanager
def reference(folder: Path, name: str) -> Iterator[tuple[str, int]]:
    """Run the reference server with the database `name`. Yields its API URL and process id."""
    recreate_database(name)
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
def ours(folder: Path, name: str, env: dict[str, str]) -> Iterator[tuple[str, str, list[int]]]:
    """Run Bailiwick with the database `name`, as docker-compose.yml does: WSGI for HTTP and ASGI for websockets.

    Yields its API URL, an API key and the process ids. Without nginx, the ASGI process also serves HTTP.
    """
    recreate_database(name)
    manage = [str(BIN / "python"), "manage.py"]
    quiet = {"cwd": ROOT, "env": {**os.environ, **env}, "check": True, "capture_output": True, "text": True}
    subprocess.run([*manage, "migrate"], **quiet)  # type: ignore[call-overload]  # keywords from a dict
    owner = ["--email", "bench@example.com", "--handle", "bench", "--workspace", "main", "--json"]
    created = json.loads(subprocess.run([*manage, "bootstrap", *owner], **quiet).stdout)  # type: ignore[call-overload]  # keywords from a dict
    nginx = shutil.which("nginx")
    granian = [str(BIN / "granian"), "--interface", "wsgi", "--blocking-threads", "4", "--no-ws",
               "--log-level", "warning"]  # fmt: skip
    web = [*granian, "--port", str(WEB), "config.web_wsgi:application"]
    heavy = [*_LOW_PRIORITY, *granian, "--port", str(HEAVY), "config.wsgi:application"]
    sockets = [str(BIN / "uvicorn"), "config.asgi:application", "--port", str(SOCKETS if nginx else HTTP), "--lifespan",
               "on", "--ws", "config.websocket_protocol:BoundedProtocol", "--ws-per-message-deflate", "false",
               "--timeout-graceful-shutdown", "3",
               "--no-access-log", "--log-level", "warning"]  # fmt: skip
    commands = [web, heavy, sockets] if nginx else [sockets]
    with running(commands, folder, env) as pids:
        if nginx:
            (folder / "nginx.conf").write_text(
                NGINX.format(folder=folder, web=WEB, heavy=HEAVY, sockets=SOCKETS, port=HTTP)
            )
            with running([[nginx, "-c", str(folder / "nginx.conf")]], folder, {}):
                wait_for(f"http://127.0.0.1:{HTTP}/api/health")
                yield created["api_url"], created["api_key"], pids
        else:
            wait_for(f"http://127.0.0.1:{HTTP}/api/health")
            yield created["api_url"], created["api_key"], pids


def environment(folder: Path, name: str) -> dict[str, str]:
    """Return the environment variables for Bailiwick with the database `name`."""
    return {
        "DATABASE_URL": f"postgres://postgres@{SERVER.format(name=name)}",
        "REDIS_URL": os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/7",
        "BAILIWICK_DATA_DIR": str(folder / name),
        "BAILIWICK_PLAIN_STATIC": "true",
        "PORT": str(HTTP),
    }


@contextmanager
def running(commands: list[list[str]], folder: Path, env: dict[str, str]) -> Iterator[list[int]]:
    """Run the commands in the background, with logs in `folder`. Yields their process ids and ends them."""
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


def recreate_database(name: str) -> None:
    for statement in (f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"):
        subprocess.run(["psql", "-qh", "127.0.0.1", "-U", "postgres", "-c", statement], check=True, capture_output=True)


def wait_for(url: str) -> None:
    """Wait until a server answers at the URL. Exits after 90 seconds."""
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
