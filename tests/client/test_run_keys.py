"""A process worker of a pool whose runs have keys of their own: the unmodified client works as before."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.story import Server
from tests.prefect_client import FLOWS, PrefectClient
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="a run of the client; tests/workspaces/run_keys runs the SQL on both"),
]


def test_flow_runs_with_the_key_of_its_run_which_ends_with_it(
    site: Site, prefect_client: Callable[..., PrefectClient], tmp_path: Path
) -> None:
    workspace = site.bootstrap("client-run-keys", "lab")
    server = Server(workspace["api_url"], workspace["api_key"])
    template = server.get("/collections/work_pool_types")["prefect"]["process"]["default_base_job_configuration"]
    server.post("/work_pools/", name="keyed", type="process", base_job_template=template)
    assert server.http.put("/work_pools/keyed/run-keys", json={"enabled": True}).status_code == 204
    server.post("/variables/", name="region", value="eu")
    server.post("/v2/concurrency_limits/", name="database", limit=1)
    flow = server.post("/flows/", name="keyed")
    other = server.post("/flow_runs/", flow_id=flow["id"], state={"type": "PENDING"})["id"]
    kept = tmp_path / "kept.json"
    deployment = server.post(
        "/deployments/",
        name="on-workers",
        flow_id=flow["id"],
        work_pool_name="keyed",
        entrypoint="keyed.py:keyed",
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(FLOWS)}}],
        parameters={"other_run": other, "kept_in": str(kept)},
    )
    run_id = server.post(f"/deployments/{deployment['id']}/create_flow_run")["id"]
    prefect_client(workspace).prefect("worker", "start", "--pool", "keyed", "--name", "one", "--run-once")

    run = server.get(f"/flow_runs/{run_id}")
    logs = server.post("/logs/filter", limit=200, sort="TIMESTAMP_ASC")
    told = [log["message"] for log in logs]
    assert run["state_name"] == "Completed", told
    assert run["job_variables"] == {}
    assert [line for line in told if "doubled" in line or "below with" in line] == ["below with 4", "doubled: 16 in eu"]
    in_runs: dict[str, Any] = {"flow_runs": {"id": {"any_": [run_id]}}}
    states = sorted(task["state_name"] for task in server.post("/task_runs/filter", **in_runs))
    assert states == ["Completed", "Completed"]
    children = server.post("/flow_runs/filter", flow_runs={"parent_flow_run_id": {"any_": [run_id]}})
    assert [(child["state_name"], child["created_by"]["type"]) for child in children] == [("Completed", "USER")]
    found = json.loads(kept.read_text())
    assert found["refused"] == [404, 404, 403]
    assert found["key"].startswith("pnr_")
    assert found["key"] != workspace["api_key"]
    with httpx.Client(headers={"Authorization": f"Bearer {found['key']}"}, trust_env=False, timeout=30) as http:
        deadline = time.monotonic() + 5
        while http.get(f"{workspace['api_url']}/flow_runs/{run_id}").status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert server.get(f"/flow_runs/{other}")["state_name"] == "Pending"
