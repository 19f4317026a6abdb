"""What the measurements of removals share: many rows in one workspace, and callers of another one."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

_TURN = 5.0  # seconds of measuring at a time
ROOT = Path(__file__).resolve().parent.parent
_AGES = "now() - (%(oldest)s - %(oldest)s * n / %(rows)s::float) * interval '1 day'"

_RUNS = f"""
INSERT INTO runs_flowrun (id, workspace_id, flow_id, name, tags, labels, empirical_policy, state_type, state_name,
  state_timestamp, run_count, expected_start_time, start_time, end_time, total_run_time, created, updated, parameters,
  context, job_variables, auto_scheduled)
SELECT gen_random_uuid(), %(workspace)s, %(flow)s, 'run-' || n, '[]', '{{}}', '{{}}', 'COMPLETED', 'Completed', {_AGES},
  1, {_AGES}, {_AGES}, {_AGES}, interval '1 s', {_AGES}, {_AGES}, '{{}}', '{{}}', '{{}}', false
FROM generate_series(1, %(rows)s) AS n
"""
_STATES = """
INSERT INTO runs_flowrunstate (id, workspace_id, flow_run_id, type, name, timestamp, state_details)
SELECT gen_random_uuid(), r.workspace_id, r.id, s.type, initcap(s.type), r.end_time + s.place * interval '1 ms', '{}'
FROM runs_flowrun r, (VALUES ('PENDING', 1), ('RUNNING', 2), ('COMPLETED', 3)) AS s(type, place)
WHERE r.workspace_id = %(workspace)s
"""
_LOGS = f"""
INSERT INTO runs_log (id, workspace_id, flow_run_id, name, level, message, timestamp, created)
SELECT gen_random_uuid(), %(workspace)s, NULL, 'prefect.flow_runs', 20, 'Line ' || n || ' of a run with some words',
  {_AGES}, {_AGES}
FROM generate_series(1, %(rows)s) AS n
"""
_EVENTS = f"""
INSERT INTO events_event (id, workspace_id, occurred, received, event, resource_id, resource, related, payload)
SELECT gen_random_uuid(), %(workspace)s, {_AGES}, {_AGES}, 'prefect.task-run.Completed', 'prefect.task-run.' || n,
  jsonb_build_object('prefect.resource.id', 'prefect.task-run.' || n), '[]', '{{}}'
FROM generate_series(1, %(rows)s) AS n
"""


def set_up_django() -> None:
    """Make the project importable, and Django ready. Call it before importing anything of the project."""
    import tempfile

    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("BAILIWICK_DATA_DIR", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings

    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    settings.ALLOWED_HOSTS = ["*"]


def fill(workspace: Any, *, runs: int = 0, logs: int = 0, events: int = 0, oldest: int = 60) -> None:
    """Add rows to a workspace that are up to `oldest` days old."""
    from django.utils import timezone

    from workspaces.flows.models import Flow

    now = timezone.now()
    flow = Flow.objects.create(workspace=workspace, name=f"etl {now}", created=now, updated=now)
    values = {"workspace": workspace.id, "flow": flow.id, "oldest": oldest}
    with connection.cursor() as cursor:
        for statement, rows in ((_RUNS, runs), (_STATES, runs), (_LOGS, logs), (_EVENTS, events)):
            if rows:
                cursor.execute(statement, values | {"rows": rows})
        cursor.execute("VACUUM ANALYZE")


def add_person(handle: str) -> tuple[Any, str]:
    """Add a person with a workspace. Returns the workspace and a key of the person."""
    from accounts.models import Account
    from accounts.services.keys import create_key
    from accounts.services.people import create_user
    from workspaces.directory.services import create_workspace

    user = create_user(email=f"{handle}@example.com", password="a long password", handle=handle, first_name=handle)
    account = Account.objects.get(user=user)
    workspace = create_workspace(account, name=handle, handle="main", actor=user.as_actor())
    _, key = create_key(user, name="bench", expires_at=None, actor=user.as_actor())
    return workspace, key


class Callers:
    """Threads that call `flow_runs/filter` of a workspace again and again, and remember how long each call took."""

    def __init__(self, workspace: Any, key: str, threads: int = 2) -> None:
        self.path = f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}/flow_runs/filter"
        self.key, self.times = key, list[float]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _call(self) -> None:
        client = Client(headers={"Authorization": f"Bearer {self.key}"})
        while not self._stop.is_set():
            began = time.perf_counter()
            answer = client.post(self.path, {"limit": 100, "sort": "START_TIME_DESC"}, "application/json")
            assert answer.status_code == 200, answer.content
            self.times.append(time.perf_counter() - began)
            time.sleep(0.02)
        connection.close()

    def measure(self, seconds: float) -> list[float]:
        """Return the times of the calls in the next seconds, sorted."""
        first = len(self.times)
        time.sleep(seconds)
        return sorted(self.times[first:])

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def measure_in_turns(callers: Callers, worker: "subprocess.Popen[bytes]") -> tuple[list[float], list[float]]:
    """Return the times of the calls without and with the worker, which pauses now and then until it ends.

    Taking turns leaves out what else changes on the machine meanwhile.
    """
    alone, beside = list[float](), list[float]()
    while worker.poll() is None:
        worker.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # the database ends the statement of the worker
        alone += callers.measure(_TURN)
        worker.send_signal(signal.SIGCONT)
        beside += callers.measure(_TURN)
    return sorted(alone), sorted(beside)


def percentile(times: list[float], share: float) -> float:
    """Return the percentile in milliseconds."""
    return times[min(len(times) - 1, int(len(times) * share))] * 1000 if times else 0.0


def report(label: str, times: list[float]) -> None:
    print(
        f"{label}: {len(times)} calls of flow_runs/filter, p50 {percentile(times, 0.5):.1f} ms, "
        f"p99 {percentile(times, 0.99):.1f} ms"
    )


def report_growth(alone: list[float], beside: list[float]) -> None:
    """Print the times without and with the worker, and by how much the 99th percentile grew."""
    report("without the worker", alone)
    report("beside the worker", beside)
    print(f"p99 grew by {percentile(beside, 0.99) / percentile(alone, 0.99) - 1:.0%}", flush=True)


def in_another_process(statements: str) -> "subprocess.Popen[bytes]":
    """Run Python statements in a process of its own, as a worker would."""
    code = "import bench_load; bench_load.set_up_django()\n" + statements
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT / "scripts")


def database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size: int = cursor.fetchone()[0]
        return size
