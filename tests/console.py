"""Management commands of a running site without a new process for each: one that has Django loaded runs them in turn.

`python -m tests.console` reads lines of JSON, `[arguments, environment]`, and answers each with `[succeeded, printed]`.
"""

import io
import json
import os
import subprocess
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Console:
    """A process in a site's environment. It starts with the first command."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = {**env, "DJANGO_SETTINGS_MODULE": "config.settings"}
        self._process: subprocess.Popen[str] | None = None

    def run(self, args: tuple[str, ...], env: dict[str, str]) -> tuple[bool, str]:
        """Whether `manage.py ...` succeeded, and what it printed."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.console"], cwd=ROOT, env=self._env, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([args, env]) + "\n")
        self._process.stdin.flush()
        succeeded, printed = json.loads(self._process.stdout.readline())
        return succeeded, printed

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=30)  # it ends with its input
            self._process = None


def main() -> None:
    import django

    django.setup()
    answers = sys.stdout
    for line in sys.stdin:
        args, env = json.loads(line)
        answers.write(json.dumps(_run(args, env)) + "\n")
        answers.flush()


def _run(args: list[str], env: dict[str, str]) -> tuple[bool, str]:
    from django.core.management import call_command
    from django.db import connections

    printed = io.StringIO()
    before = dict(os.environ)
    os.environ.update(env)
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            call_command(*args)
        return True, printed.getvalue()
    except Exception:
        return False, printed.getvalue() + traceback.format_exc()
    finally:
        os.environ.clear()
        os.environ.update(before)
        connections.close_all()


if __name__ == "__main__":
    main()
