"""The one place that reads the environment. Invalid values stop startup with a message that names the variable."""

import contextlib
import logging
import os
import secrets
import stat
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_OURS = {"bailiwick.sqlite3", "secret-key", "queue", "mail"}
BASE_DIR = Path(__file__).resolve().parent.parent

Network = IPv4Network | IPv6Network
Natural = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


def _split(value: str | list[str]) -> list[str]:
    if isinstance(value, list):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _networks(value: str | list[Network]) -> list[Network]:
    return value if isinstance(value, list) else [ip_network(word) for word in _split(value)]


# Separated by commas; pydantic-settings would take JSON.
Words = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Networks = Annotated[list[Network], NoDecode, BeforeValidator(_networks)]


class Environment(BaseSettings):
    """A group of environment variables: fields are named like them or have them as alias."""

    model_config = SettingsConfigDict(case_sensitive=True, frozen=True)

    @classmethod
    def read(cls) -> Self:
        """Return the variables as they are now. Raises `ImproperlyConfigured` naming every invalid one."""
        try:
            return cls()
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}, not {e['input']!r}." for e in error.errors()]
            raise ImproperlyConfigured(" ".join(problems)) from None

    @model_validator(mode="before")
    @classmethod
    def _drop_blank(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Let an empty variable count as unset: docker compose passes on what nobody has set as an empty one."""
        stripped = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in stripped.items() if value != ""}


class Variables(Environment):
    """What an installation can set, beside its limits (`config.limits`). docs/install.md explains the variables."""

    BAILIWICK_DATA_DIR: Path = BASE_DIR / "data"
    BAILIWICK_STATIC_DIR: Path | None = None
    DATABASE_URL: str = ""
    BAILIWICK_DATABASE_ROLES: str = ""
    REDIS_URL: str = ""

    SECRET_KEY: str = ""
    SECRET_KEY_FALLBACKS: Words = []
    BAILIWICK_DEBUG: bool = False
    BAILIWICK_CHECK_ANSWERS: bool = False
    BAILIWICK_PLAIN_STATIC: bool = False
    BAILIWICK_LOG_LEVEL: str = "WARNING"

    BAILIWICK_HOST: str = "127.0.0.1"
    PORT: Positive = 8000
    BAILIWICK_URL: str = ""
    BAILIWICK_ALLOWED_HOSTS: Words | None = None
    BAILIWICK_BEHIND_PROXY: bool = False
    BAILIWICK_HSTS_SECONDS: Natural = 31_536_000

    BAILIWICK_OPEN_REGISTRATION: bool = True
    BAILIWICK_EMAIL_VERIFICATION: Literal["none", "optional", "mandatory"] | None = None

    BAILIWICK_OUTGOING_NETWORKS: Networks = []

    BAILIWICK_MAIL_FROM: str = "Bailiwick <bailiwick@localhost>"
    BAILIWICK_MAIL_SWEEP_SECONDS: Positive = 60
    BAILIWICK_AUDIT_CHAIN_SECONDS: Positive = 10
    BAILIWICK_STATEMENT_SECONDS: Natural = 10
    BAILIWICK_TRASH_DAYS: Positive = 7
    SMTP_HOST: str = ""
    SMTP_PORT: Positive = 25
    SMTP_USER: str = ""
    SMTP_PASSWORD: str = ""
    SMTP_STARTTLS: bool = False
    SMTP_TLS: bool = False


def allowed_hosts(public_url: str) -> list[str]:
    """Return the host names that pages are served under: those of this machine only until BAILIWICK_URL is set."""
    variables = Variables.read()
    host = urlsplit(public_url).hostname or "localhost"
    hosts = variables.BAILIWICK_ALLOWED_HOSTS
    if hosts is None:
        hosts = [] if variables.BAILIWICK_URL else ["127.0.0.1", "localhost", "[::1]"]
    return [*hosts, f"[{host}]" if ":" in host else host]


def data_dir() -> Path:
    """Return the folder with the database, files, mail and queue of a small installation. Create it if needed."""
    path = Variables.read().BAILIWICK_DATA_DIR.resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep_private(path)
    return path


def _keep_private(path: Path) -> None:
    """Close the data folder to other users of the machine: its mail holds links that sign people in."""
    mode = path.stat().st_mode
    if not mode & 0o077:
        return
    names = {entry.name for entry in path.iterdir()}
    # Only a folder of ours or a new one: somebody may point to /tmp or /home.
    if not mode & stat.S_ISVTX and (not names or names & _OURS):
        with contextlib.suppress(PermissionError):
            path.chmod(0o700)
            return
    logging.getLogger("bailiwick").warning(
        "Other users of this machine can look into the data folder %s: make it private with chmod 700.", path
    )


def secret_key(folder: Path) -> str:
    """Return SECRET_KEY of the environment, or one that is generated once and kept in the data folder."""
    if value := Variables.read().SECRET_KEY:
        return value
    path = folder / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(value := secrets.token_urlsafe(50))
    return value


def database(folder: Path) -> dict[str, object]:
    """Return the database of DATABASE_URL (postgres://user:password@host:port/name?option=value), or SQLite."""
    url = Variables.read().DATABASE_URL
    if not url:
        return _sqlite(folder / "bailiwick.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(parts.path))
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:port/name.")
    options = dict(parse_qsl(parts.query))
    if "server_side_binding" in options:
        raise ImproperlyConfigured("DATABASE_URL: server_side_binding is not supported.")
    return {
        "ENGINE": "config.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "OPTIONS": options,
        # A cursor of the server is opened without the tenants that it may reach (config/postgresql).
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "ROLE_PREFIX": _role_prefix(unquote(parts.username or "")),
    }


def _role_prefix(user: str) -> str:
    """Return what the names of the processes' roles begin with: by default the user of the database."""
    wanted = Variables.read().BAILIWICK_DATABASE_ROLES
    return "" if wanted == "none" else wanted or user or "bailiwick"


def _sqlite(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "config.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
        # A file, not memory: threads of the live test server have connections of their own.
        "TEST": {"NAME": path.with_name(f"test-{path.name}")},
    }
