"""`manage.py up` (the recipe of `make up`) and the processes that it answers for."""

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

from tests.site import ROOT, Site


def processes_of(data_dir: Path) -> list[str]:
    """The command lines of every process that works on this data folder."""
    wanted = f"BAILIWICK_DATA_DIR={data_dir}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # ended meanwhile, or not ours
    return found


def test_serves_and_keeps_the_data(own_site: Site) -> None:
    first = own_site.bootstrap("ann")
    own_site.restart_web()
    assert own_site.bootstrap("ann")["workspace_id"] == first["workspace_id"]
    hashed = json.loads((Path(own_site.env["BAILIWICK_STATIC_DIR"]) / "staticfiles.json").read_text())["paths"]
    with urlopen(f"{own_site.url}/static/{hashed['admin/css/base.css']}") as answer:
        assert answer.status == 200


def test_one_dead_process_ends_the_rest_and_is_named(own_site: Site) -> None:
    assert len(processes_of(own_site.data_dir)) >= 3
    own_site.kill_web()
    assert processes_of(own_site.data_dir) == []
    assert "The web process ended by itself" in own_site.log_tail()


def test_stopping_make_leaves_no_process(own_site: Site) -> None:
    """Also a Ctrl-C: both reach the supervisor as a signal."""
    for number in (signal.SIGTERM, signal.SIGINT):
        own_site.stop()
        made = subprocess.Popen(
            ["make", "up"], cwd=ROOT, env=own_site.env, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert made.stdout is not None
        for line in made.stdout:
            if "Ctrl-C ends it" in line:
                break
        if number == signal.SIGINT:
            os.killpg(made.pid, number)  # a terminal tells the whole foreground group
        else:
            made.send_signal(number)
        made.wait(30)
        assert processes_of(own_site.data_dir) == []


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
