"""A flow of the real client runs on while its workspace is transferred and returned."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.story import Server
from tests.prefect_client import PrefectClient
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="what the client does; the services are tested on both"),
]


def test_flow_runs_across_a_transfer_and_its_undo(
    site: Site, prefect_client: Callable[..., PrefectClient], tmp_path: Path
) -> None:
    workspace = site.bootstrap("mover", "lab")
    key = {"Authorization": f"Bearer {workspace['api_key']}"}
    api = httpx.Client(base_url=f"{site.url}/api", headers=key, timeout=30, trust_env=False)
    target = api.post("/accounts/", json={"name": "Movers", "handle": "movers"}).raise_for_status().json()
    server, stop = Server(workspace["api_url"], workspace["api_key"]), tmp_path / "stop"
    # Without retries in the client, a single failed request would fail the run.
    client = prefect_client(workspace, PREFECT_CLIENT_MAX_RETRIES="0")
    process = client.start("moving.py", "moving", str(stop))
    try:
        _wait(lambda: any(run["state_type"] == "RUNNING" for run in server.runs_of("moving")))
        transfers = f"/accounts/{workspace['account_id']}/transfers"
        body = {"workspace_id": workspace["workspace_id"], "to_account_handle": "movers"}
        transfer = api.post(f"{transfers}/", json=body).raise_for_status().json()
        _wait(lambda: api.get(f"{transfers}/{transfer['id']}").json()["status"] == "COMPLETED")
        before = _steps(server)
        _wait(lambda: _steps(server) > before + 2)  # at the old address
        assert api.get(f"/workspaces/{workspace['workspace_id']}").headers["location"].split("/")[3] == target["id"]
        api.post(f"{transfers}/{transfer['id']}/undo").raise_for_status()
        before = _steps(server)
        _wait(lambda: _steps(server) > before + 2)
    finally:
        stop.touch()
        printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    steps = int(re.findall(r"STEPS (\d+)", printed)[0])
    assert re.findall(r"(?i).*(?:error|failed|retry|404|403).*", printed) == []
    [run] = server.runs_of("moving")
    assert run["state_type"] == "COMPLETED"
    _wait(lambda: _steps(server) == steps)
    logs = server.post("/logs/filter", logs={"flow_run_id": {"any_": [run["id"]]}}, limit=200, sort="TIMESTAMP_ASC")
    told = [log["message"] for log in logs if log["message"].startswith("step ")]
    assert told == [f"step {number}" for number in range(min(steps, len(told)))]


def _steps(server: Server) -> int:
    """Return how many tasks of the flow have completed."""
    count: int = server.post("/task_runs/count", task_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
    return count


def _wait(done: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)
