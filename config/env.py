"""The one place that reads the environment. Nonsense stops the start with a sentence that says what to change."""

import contextlib
import logging
import os
import secrets
import stat
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_OURS = {"bailiwick.sqlite3", "secret-key", "queue", "mail"}
BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool) -> bool:
    """A yes or a no: 1/true/yes/on or 0/false/no/off."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def data_dir() -> Path:
    """Where the small installation keeps its database, files, mail and queue."""
    path = Path(text("BAILIWICK_DATA_DIR") or BASE_DIR / "data").resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep_private(path)
    return path


def _keep_private(path: Path) -> None:
    """Mail with links that sign people in lies here, and all data: nobody else on the machine may look inside."""
    mode = path.stat().st_mode
    if not mode & 0o077:
        return
    names = {entry.name for entry in path.iterdir()}
    # A folder of ours or a new one; that of somebody who points to /tmp or /home is left as it is.
    if not mode & stat.S_ISVTX and (not names or names & _OURS):
        with contextlib.suppress(PermissionError):
            path.chmod(0o700)
            return
    logging.getLogger("bailiwick").warning(
        "Other users of this machine can look into the data folder %s: make it private with chmod 700.", path
    )


def folder(name: str, default: Path) -> Path:
    return Path(text(name)).resolve() if text(name) else default


def secret_key(folder: Path) -> str:
    """SECRET_KEY of the environment, else one made on the first start and kept in the data folder."""
    if value := text("SECRET_KEY"):
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
    """DATABASE_URL (postgres://user:password@host:port/name?option=value), else SQLite in the data folder."""
    url = text("DATABASE_URL")
    if not url:
        return _sqlite(folder / "bailiwick.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(parts.path))
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:port/name.")
    return {
        "ENGINE": "config.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _sqlite(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
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
