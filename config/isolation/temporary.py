"""Run the proof in a process of its own, with a temporary database and data folder beside the installation's."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import CommandError
from django.db import DatabaseError, connection


def run_apart(arguments: Sequence[str], *, database_url: str = "") -> dict[str, Any]:
    """Return the report of a proof in another process. `database_url` is an empty database to use."""
    with tempfile.TemporaryDirectory(prefix="bailiwick-isolation-") as folder, _database(database_url) as url:
        result = Path(folder) / "report.json"
        command = [sys.executable, "manage.py", "prove_isolation", f"--inside={result}", *arguments]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=_environment(Path(folder), url), check=False)
        if done.returncode or not result.exists():
            raise CommandError("The proof could not be completed. Nothing is proven.")
        report: dict[str, Any] = json.loads(result.read_text())
        return report


def _environment(folder: Path, database_url: str) -> dict[str, str]:
    """Return the environment of the other process: it shares neither data, nor counters, nor the mail server."""
    (folder / "static").mkdir()
    return {
        **os.environ,
        "BAILIWICK_DATA_DIR": str(folder),
        "BAILIWICK_STATIC_DIR": str(folder / "static"),
        "BAILIWICK_PLAIN_STATIC": "true",
        "BAILIWICK_URL": "",
        "BAILIWICK_ALLOWED_HOSTS": "",
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SECRET_KEY_FALLBACKS": "",
        "SMTP_HOST": "",
    }


@contextmanager
def _database(given: str) -> Iterator[str]:
    """Yield the URL of an empty database: the given one, or a new one that is dropped at the end."""
    if given or connection.vendor != "postgresql":
        yield given
        return
    name = f"{str(connection.settings_dict['NAME'])[:40]}_isolation_{secrets.token_hex(4)}"
    quoted = connection.ops.quote_name(name)
    try:
        _execute(f"CREATE DATABASE {quoted}")
    except DatabaseError as error:
        raise CommandError(
            f"The user of the database may not create another one ({error}). "
            "Create an empty database and name it: manage.py prove_isolation --database URL"
        ) from error
    try:
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    finally:
        _execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def _execute(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
