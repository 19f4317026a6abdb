"""Workers and flows of the real client go on while their workspace is transferred and returned.

BAILIWICK_MOVING_FLOWS=20 BAILIWICK_MOVING_WORKERS=3 pytest tests/client/test_transfers.py

runs more of them. They do without the client's retries: a single refused request fails a run.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.story import Server
from tests.prefect_client import FLOWS, PrefectClient
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="what the client does; the services are tested on both"),
]

RUNS = int(os.environ.get("BAILIWICK_MOVING_FLOWS", "2"))
WORKERS = int(os.environ.get("BAILIWICK_MOVING_WORKERS", "1"))
SECONDS = 60 + 20 * RUNS  # for all of them to start, on two cores
MakeClient = Callable[..., PrefectClient]


def test_flows_and_workers_go_on_across_a_transfer_and_its_undo(
    site: Site, prefect_client: MakeClient, tmp_path: Path
) -> None:
    workspace = site.bootstrap("mover", "lab")
    key = {"Authorization": f"Bearer {workspace['api_key']}"}
    api = httpx.Client(base_url=f"{site.url}/api", headers=key, timeout=30, trust_env=False)
    target = api.post("/accounts/", json={"name": "Movers", "handle": "movers"}).raise_for_status().json()
    server, stop = Server(workspace["api_url"], workspace["api_key"]), tmp_path / "stop"
    server.post("/work_pools/", name="moving", type="process")
    with _workers(prefect_client, workspace) as outputs:
        try:
            for number in range(RUNS):
                _start_run(server, number, stop)
            _wait(lambda: all(count > 2 for count in _steps(server).values()))
            transfers = f"/accounts/{workspace['account_id']}/transfers"
            body = {"workspace_id": workspace["workspace_id"], "to_account_handle": "movers"}
            transfer = api.post(f"{transfers}/", json=body).raise_for_status().json()
            _wait(lambda: api.get(f"{transfers}/{transfer['id']}").json()["status"] == "COMPLETED")
            _all_go_on(server, stop, RUNS)  # at the old address, where a new run starts, too
            assert api.get(f"/workspaces/{workspace['workspace_id']}").headers["location"].split("/")[3] == target["id"]
            api.post(f"{transfers}/{transfer['id']}/undo").raise_for_status()
            _all_go_on(server, stop, RUNS + 1)
        finally:
            stop.touch()
        _wait(lambda: all(run["state_type"] == "COMPLETED" for run in _runs(server)))
        _wait(lambda: all(_log_is_whole(server, run) for run in _runs(server)))
    printed = "\n".join(path.read_text() for path in outputs)
    assert len(_runs(server)) == RUNS + 2
    answered = re.findall(r'HTTP Request: .*"HTTP/1.1 (\d+) ', printed)
    assert len(answered) > 20 * RUNS
    assert {code[0] for code in answered} == {"2"}, re.findall(r'HTTP Request: .*"HTTP/1.1 [^2].*', printed)
    assert re.findall(r"(?i).*(?:error|failed|retry).*", printed) == []


@contextmanager
def _workers(prefect_client: MakeClient, workspace: dict[str, Any]) -> Iterator[list[Path]]:
    """Start the workers. Gives the files to which they print."""
    with ExitStack() as stack:
        outputs = []
        for number in range(WORKERS):
            settings = {"PREFECT_CLIENT_MAX_RETRIES": "0", "PREFECT_WORKER_QUERY_SECONDS": "1"}
            client = prefect_client(workspace, **settings, PREFECT_LOGGING_ROOT_LEVEL="INFO")  # tells each request
            command = ("worker", "start", "--pool", "moving", "--name", f"worker {number}")
            outputs.append(stack.enter_context(client.background(*command)))
        yield outputs


def _start_run(server: Server, number: int, stop: Path) -> None:
    """Deploy a flow, and ask for a run of it."""
    flow = server.post("/flows/", name=f"moving {number}")
    folder = {"prefect.deployments.steps.set_working_directory": {"directory": str(FLOWS)}}
    deployment = server.post(
        "/deployments/", name="main", flow_id=flow["id"], work_pool_name="moving", entrypoint="moving.py:moving",
        pull_steps=[folder],
    )  # fmt: skip
    server.post(f"/deployments/{deployment['id']}/create_flow_run", parameters={"stop": str(stop)})


def _all_go_on(server: Server, stop: Path, number: int) -> None:
    """Wait until each run has done more steps, and a new run its first ones."""
    before = _steps(server)
    _start_run(server, number, stop)
    _wait(lambda: len(_steps(server)) > len(before))
    _wait(lambda: all(count > before.get(run, 0) + 2 for run, count in _steps(server).items()))


def _runs(server: Server) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = server.post("/flow_runs/filter", limit=200)
    return runs


def _steps(server: Server) -> dict[str, int]:
    """Return how many tasks of each run have completed."""
    completed = {"state": {"type": {"any_": ["COMPLETED"]}}}
    return {
        run["id"]: server.post("/task_runs/count", task_runs={**completed, "flow_run_id": {"any_": [run["id"]]}})
        for run in _runs(server)
    }


def _log_is_whole(server: Server, run: dict[str, Any]) -> bool:
    """Return whether the log of a run has each of its steps in order, and the task runs are as many."""
    lines = {"logs": {"flow_run_id": {"any_": [run["id"]]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
    logs: list[dict[str, Any]] = []
    while page := server.post("/logs/filter", **lines, offset=len(logs)):
        logs += page
    lines_of_steps = [log["message"] for log in logs if log["message"].startswith(("step ", "STEPS "))]
    expected = [*(f"step {number}" for number in range(len(lines_of_steps) - 1)), f"STEPS {len(lines_of_steps) - 1}"]
    return lines_of_steps == expected and _steps(server)[run["id"]] == len(lines_of_steps) - 1


def _wait(done: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)
