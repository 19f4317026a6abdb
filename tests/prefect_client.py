"""The unmodified Prefect client in an environment of its own, run as people run it: as a process.

`python -m tests.prefect_client` makes the environment (`make test` does).
"""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "client.txt"
FLOWS = ROOT / "tests" / "client" / "flows"


def environment() -> Path:
    """The client's environment: $BAILIWICK_CLIENT_VENV, else .venv-client, made from requirements/client.txt."""
    if given := os.environ.get("BAILIWICK_CLIENT_VENV"):
        return Path(given)
    venv = ROOT / ".venv-client"
    stamp = venv / ".made-from"
    wanted = REQUIREMENTS.read_text()
    with (ROOT / "requirements" / "client.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may come at once
        if not stamp.exists() or stamp.read_text() != wanted:
            pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
            subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
            stamp.write_text(wanted)
    return venv


@dataclass(frozen=True)
class PrefectClient:
    """One person's machine: a Prefect home of its own and the settings that point at one server."""

    venv: Path
    home: Path
    settings: dict[str, str]

    @property
    def env(self) -> dict[str, str]:
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DJANGO_"))}
        return {
            **keep,
            "HOME": str(self.home),
            "PREFECT_HOME": str(self.home / ".prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLI_COLORS": "false",
            "PREFECT_CLI_PROMPT": "false",
            "COLUMNS": "300",
            "NO_PROXY": "*",
            **self.settings,
        }

    def prefect(
        self, *args: str, check: bool = True, timeout: float = 120, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """`prefect ...`; raises AssertionError with its words unless it succeeds or `check` is off.

        `typed` answers its questions.
        """
        return self._run([str(self.venv / "bin" / "prefect"), *args], check, timeout, typed)

    @contextmanager
    def commands(self) -> Iterator[Callable[..., tuple[int, str]]]:
        """Several commands in one process, which costs a start of the client once: for those that change no profile.

        `commands("flow-run", "ls", typed="y\\n")` gives the exit code and the output.
        """
        process = subprocess.Popen(
            [str(self.venv / "bin" / "python"), str(FLOWS / "commands.py")], cwd=self.home, env=self.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        requests, answers = process.stdin, process.stdout

        def command(*args: str, typed: str = "") -> tuple[int, str]:
            requests.write(json.dumps([args, typed]) + "\n")
            requests.flush()
            code, output = json.loads(answers.readline())
            return code, output

        try:
            yield command
        finally:
            process.communicate(timeout=60)  # it ends with its input

    @contextmanager
    def background(self, *args: str) -> Iterator[Path]:
        """`prefect ...`, which runs inside the block. The file has what it prints."""
        printed = self.home / "printed"
        with printed.open("w") as output:
            process = subprocess.Popen(
                [str(self.venv / "bin" / "prefect"), *args], cwd=self.home, stdout=output, stderr=subprocess.STDOUT,
                env={**self.env, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
            try:
                yield printed
            finally:
                process.kill()
                process.wait(timeout=60)

    def run(
        self, script: str, *args: str, check: bool = True, timeout: float = 180
    ) -> subprocess.CompletedProcess[str]:
        """Run tests/client/flows/<script>."""
        return self._run([str(self.venv / "bin" / "python"), str(FLOWS / script), *args], check, timeout)

    def start(self, script: str, *args: str) -> subprocess.Popen[str]:
        """Start a script and come back at once; its output is a pipe of both streams."""
        return subprocess.Popen(
            [str(self.venv / "bin" / "python"), "-u", str(FLOWS / script), *args], cwd=self.home, env=self.env,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def _run(
        self, command: list[str], check: bool, timeout: float, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, cwd=self.home, env=self.env, text=True, capture_output=True, timeout=timeout, check=False,
            input=typed,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done


def cloud_settings(site_url: str) -> dict[str, str]:
    """What a person exports to use this site as Prefect Cloud."""
    return {"PREFECT_CLOUD_API_URL": f"{site_url}/api", "PREFECT_CLOUD_UI_URL": site_url}


def signed_in(workspace: dict[str, Any], site_url: str) -> dict[str, str]:
    """The same with a key, as a container would be configured (no `prefect cloud login` needed)."""
    return {
        **cloud_settings(site_url),
        "PREFECT_API_URL": workspace["api_url"],
        "PREFECT_API_KEY": workspace["api_key"],
    }


def printed_json(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(f"Prefect client in {environment()}")
