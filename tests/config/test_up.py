"""`manage.py up` (the recipe of `make up`) and the processes that it answers for."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest

from tests.site import ROOT, Site


def processes_of(data_dir: Path) -> list[str]:
    """The command lines of every process of the site with this data folder, without the console of the tests."""
    wanted = f"BAILIWICK_DATA_DIR={data_dir}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # ended meanwhile, or not ours
    return [command for command in found if "tests.console" not in command]


@pytest.mark.one_database(reason="processes and signals")
def test_serves_ends_with_a_dead_process_and_keeps_the_data(own_site: Site) -> None:
    """From one start to the next: the site ends as a whole, names the process that died, and leaves no process."""
    first = own_site.bootstrap("ann")
    assert len(processes_of(own_site.data_dir)) >= 4
    own_site.kill_web()
    assert processes_of(own_site.data_dir) == []
    assert "The web process ended by itself" in own_site.log_tail()

    own_site.restart_web()
    assert own_site.bootstrap("ann")["workspace_id"] == first["workspace_id"]
    hashed = json.loads((Path(own_site.env["BAILIWICK_STATIC_DIR"]) / "staticfiles.json").read_text())["paths"]
    with urlopen(f"{own_site.url}/static/{hashed['admin/css/base.css']}") as answer:
        assert answer.status == 200

    os.kill(_supervisor(own_site.data_dir), signal.SIGKILL)
    own_site.stop()
    _wait_until_ended(own_site.data_dir)
    assert processes_of(own_site.data_dir) == []


@pytest.mark.one_database(reason="processes and signals")
def test_heavy_requests_are_forwarded_and_answered_also_while_their_process_is_away(own_site: Site) -> None:
    workspace = own_site.bootstrap("ann")
    lines = [{"name": "n", "level": 20, "message": "m" * 1_000, "timestamp": "2026-01-01T00:00:00Z"}] * 150
    headers = {"Authorization": f"Bearer {workspace['api_key']}", "X-Forwarded-Proto": "https"}

    def post() -> int:
        return httpx.post(f"{workspace['api_url']}/logs/", json=lines, headers=headers, timeout=60).status_code

    before = own_site.heavy_pid
    _wait_until(lambda: _seconds_of(before) > 1 and post() == 201)  # it starts beside the web process
    spent = _seconds_of(before)
    _wait_until(lambda: post() == 201 and _seconds_of(before) > spent)
    os.kill(before, signal.SIGSTOP)
    os.kill(before, signal.SIGKILL)
    assert post() in (201, 503)  # 503 if it was not gone yet
    _wait_until(lambda: post() == 201)
    _wait_until(lambda: own_site.heavy_pid != before)
    assert post() == 201


@pytest.mark.one_database(reason="processes and signals")
def test_stopping_make_leaves_no_process(tmp_path: Path) -> None:
    """Also a Ctrl-C: both reach the supervisor as a signal."""
    site = Site(tmp_path / "site")
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            _make_up_and_stop(site, number)
            assert processes_of(site.data_dir) == []
    finally:
        site.remove()


def _make_up_and_stop(site: Site, number: signal.Signals) -> None:
    made = subprocess.Popen(
        ["make", "up"], cwd=ROOT, env=site.env, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert made.stdout is not None
        said = ""
        for line in made.stdout:
            said += line
            if "Ctrl-C stops it" in line:
                break
        assert "without a mail server (SMTP_HOST): people do not confirm their email addresses." in said
        if number == signal.SIGINT:
            os.killpg(made.pid, number)  # a terminal tells the whole foreground group
        else:
            made.send_signal(number)
    finally:
        made.wait(30)


def test_taken_port_is_said_before_anything_starts(site: Site) -> None:
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "manage.py", "up"],
        cwd=ROOT,
        env=site.env,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{site.port}" in done.stderr
    assert f"Process {site.web_pid} (" in done.stderr
    assert "uvicorn config.web_asgi:application" in done.stderr


def _supervisor(data_dir: Path) -> int:
    wanted = f"BAILIWICK_DATA_DIR={data_dir}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        is_supervisor = (folder / "cmdline").read_bytes().endswith(b"\0manage.py\0up\0")
        if is_supervisor and wanted in (folder / "environ").read_bytes().split(b"\0"):
            return int(folder.name)
    raise AssertionError("There is no supervisor.")


def _wait_until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def _seconds_of(pid: int) -> float:
    """The processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_until_ended(data_dir: Path) -> None:
    """For less than the ten seconds that a killed supervisor's processes have."""
    give_up = time.monotonic() + 15
    while processes_of(data_dir) and time.monotonic() < give_up:
        time.sleep(0.1)
