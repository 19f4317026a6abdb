"""A deployment from a prefect.yaml, its limit, a worker that is killed, and a cancelled run with a subflow."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.client.story import Server
from tests.prefect_client import FLOWS, PrefectClient
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.postgresql_in_ci(reason="workers poll as in an installation; the rules have tests without one"),
]

MakeClient = Callable[..., PrefectClient]
PROJECT = f"""
name: project
pull:
- prefect.deployments.steps.set_working_directory:
    directory: {FLOWS}
deployments:
- name: from-yaml
  entrypoint: limited.py:limited
  work_pool: {{name: workers}}
  concurrency_limit: {{limit: 1, collision_strategy: CANCEL_NEW}}
  schedules:
  - {{cron: 0 6 * * *, timezone: Europe/Berlin}}
"""


def test_limit_holds_and_work_goes_on_after_the_worker_was_killed(site: Site, prefect_client: MakeClient) -> None:
    workspace = site.bootstrap("client-limits", "lab")
    server = Server(workspace["api_url"], workspace["api_key"])
    client = prefect_client(workspace, PREFECT_WORKER_QUERY_SECONDS="1")
    (client.home / "prefect.yaml").write_text(PROJECT)
    (client.home / "limited.py").write_text((FLOWS / "limited.py").read_text())
    server.post("/work_pools/", name="workers", type="process")
    client.prefect("deploy", "--all")
    (deployment,) = server.post("/deployments/filter")
    limit = (deployment["global_concurrency_limit"]["limit"], deployment["concurrency_options"]["collision_strategy"])
    assert (deployment["entrypoint"], limit) == ("limited.py:limited", (1, "CANCEL_NEW"))

    def create(name: str, seconds: float) -> str:
        path = f"/deployments/{deployment['id']}/create_flow_run"
        run: dict[str, Any] = server.post(path, name=name, parameters={"seconds": seconds})
        return str(run["id"])

    def wait(run_id: str, state: str) -> None:
        deadline = time.monotonic() + 90
        while (now := server.get(f"/flow_runs/{run_id}"))["state_name"] != state:
            assert time.monotonic() < deadline, (now["name"], now["state_name"], state)
            time.sleep(0.3)

    worker = ("worker", "start", "--pool", "workers", "--name", "one")
    with client.background(*worker):  # it ends with a SIGKILL
        first = create("first", 300)
        wait(first, "Running")
        wait(create("refused", 0), "Cancelled")
        options = {"concurrency_options": {"collision_strategy": "ENQUEUE"}}
        server.http.patch(f"/deployments/{deployment['id']}", json=options).raise_for_status()
        waiting = create("waiting", 0)
        wait(waiting, "AwaitingConcurrencySlot")
        reasons = server.get(f"/flow_runs/{waiting}/why-late")["reasons"]
        assert (reasons[0]["code"], reasons[0]["flow_run_ids"]) == ("deployment_limit", [first])
        server.post(f"/flow_runs/{first}/set_state", state={"type": "CANCELLING"})
        wait(first, "Cancelled")
        # It would try again 30 seconds after it was refused.
        server.post(f"/flow_runs/{waiting}/set_state", state={"type": "SCHEDULED", "name": "Scheduled"}, force=True)
        wait(waiting, "Completed")
    with client.background(*worker):
        wait(create("after the accident", 0), "Completed")
    inner = server.post("/flow_runs/filter", flows={"name": {"any_": ["inner"]}})
    assert sorted(run["state_type"] for run in inner) == ["CANCELLED", "COMPLETED", "COMPLETED"]
