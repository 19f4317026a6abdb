"""The real site, started as an operator starts it (`manage.py up`), for tests that come from outside."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg

from tests.console import Console

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery staple"
_redis_sites = 0


@dataclass
class Site:
    """One running site with its own port, data folder and database."""

    data_dir: Path
    extra_env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_url = f"{self.url}/api"
        self.log = self.data_dir / "site.log"
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database_url = _own_database()
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in _OF_THE_TESTS},
            "PORT": str(self.port),
            "BAILIWICK_DATA_DIR": str(self.data_dir),
            "BAILIWICK_STATIC_DIR": str(ROOT / ".cache" / "static"),
            "BAILIWICK_CHECK_ANSWERS": "true",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": _own_redis(),
            **self.extra_env,
        }
        self.keys: list[str] = []
        self._console = Console(self.env)
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------ life
    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.env, stdout=log, stderr=log,
                preexec_fn=_die_with_parent,
            )  # fmt: skip
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urlopen(f"{self.api_url}/health", timeout=5):
                    return
            except HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"The site did not start:\n{self.log_tail()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def restart_web(self) -> None:
        """All processes again on the same data, as after an accident."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """End all at once: stopping in order, which takes seconds, is a test of its own (`tests/config/test_up.py`)."""
        self._console.close()
        if self._process is not None:
            groups = _children(self._process.pid)
            self._process.kill()
            for group in groups:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            self._process.wait()
            self._process = None
        _drop_database(self.database_url)

    @property
    def web_pid(self) -> int:
        """The process that answers HTTP, for tests that kill it."""
        return self._pid_of(b"config.web_asgi:application")

    @property
    def heavy_pid(self) -> int:
        """The process to which it forwards heavy requests."""
        return self._pid_of(b"config.heavy:application")

    def _pid_of(self, word: bytes) -> int:
        assert self._process is not None
        children = _children(self._process.pid)
        return next(pid for pid in children if word in Path(f"/proc/{pid}/cmdline").read_bytes())

    def kill_web(self) -> None:
        """kill -9 of the web process. The supervisor ends the rest; `restart_web` brings all back."""
        os.kill(self.web_pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait(30)
        self._process = None

    # ------------------------------------------------------------ use
    def manage(self, *args: str, env: dict[str, str] | None = None) -> str:
        """What `manage.py ...` of this site prints. Raises AssertionError with its words when it fails.

        `env` is for what a command reads when it runs: the settings were read before.
        """
        succeeded, printed = self._console.run(args, env or {})
        assert succeeded, f"manage.py {args}: {printed}"
        return printed

    def bootstrap(
        self, handle: str, workspace: str = "main", *, email: str = "", organization: bool = False
    ) -> dict[str, Any]:
        """A person, an account, a workspace and a key: account_id, workspace_id, api_url, ui_url, api_key, email."""
        email = email or f"{handle}@example.com"
        more = ["--organization"] if organization else []
        printed = self.manage(
            "bootstrap", "--email", email, "--handle", handle, "--workspace", workspace, "--json", *more,
            env={"BAILIWICK_PASSWORD": PASSWORD},
        )  # fmt: skip
        made: dict[str, Any] = json.loads(printed)
        self.keys.append(made["api_key"])
        return {**made, "handle": handle, "workspace": workspace, "email": email, "password": PASSWORD}

    def complaints(self) -> list[str]:
        """What the log must never hold: a failure nobody foresaw, a key, a password."""
        log = self.log.read_text(errors="replace")
        never = ["Traceback", "Internal Server Error", PASSWORD, *self.keys]
        return [f"{word} in the log:\n{log[log.index(word) :][:3000]}" for word in never if word in log]

    def log_tail(self, characters: int = 5000) -> str:
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


_OF_THE_TESTS = {
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
    "BAILIWICK_PLAIN_STATIC",
    "BAILIWICK_URL",
    "BAILIWICK_EMAIL_VERIFICATION",
    "DATABASE_URL",
    "REDIS_URL",
}


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _own_database() -> str:
    """A new PostgreSQL database beside that of DATABASE_URL; empty (SQLite in the data folder) without one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return ""
    name = f"bailiwick_site_{secrets.token_hex(6)}"
    with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _drop_database(url: str) -> None:
    if url:
        name = urlsplit(url).path.strip("/")
        with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _own_redis() -> str:
    """A Redis database for each site: a worker's last seven in turn, and none that a site of the other worker has."""
    global _redis_sites
    url = os.environ.get("REDIS_URL", "")
    if not url:
        return ""
    _redis_sites += 1
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = int(urlsplit(url).path.strip("/") or 0)
    return urlsplit(url)._replace(path=f"/{(first + worker % 2 * 7 + _redis_sites % 7) % 14}").geturl()


def _die_with_parent() -> None:
    """Asks Linux to end the site when pytest itself is killed."""
    import ctypes  # only in the child, only on Linux

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
