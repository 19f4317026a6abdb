"""`kill -9` of the web process: what was answered is there, and nothing is there by half."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.client.story import Server
from tests.site import Site

pytestmark = pytest.mark.client

RUNS, STEPS = 8, 25  # 200 calls of set_state


def test_kill_in_the_middle_of_200_state_changes(own_site: Site) -> None:
    workspace = own_site.bootstrap("ann")
    server = Server(workspace["api_url"], workspace["api_key"])
    flow = server.post("/flows/", name="steps")["id"]
    runs = [server.post("/flow_runs/", flow_id=flow, state={"type": "PENDING"})["id"] for _ in range(RUNS)]
    answered: dict[str, list[str]] = {run: [] for run in runs}
    half_done = threading.Semaphore(0)

    def work(run: str) -> None:
        one = Server(workspace["api_url"], workspace["api_key"])
        for number in range(STEPS):
            state = {"type": "RUNNING", "name": f"step {number}"}
            try:
                answer = one.post(f"/flow_runs/{run}/set_state", state=state, force=True)
            except httpx.TransportError:
                return
            assert answer["status"] == "ACCEPT"
            answered[run].append(answer["state"]["id"])
            half_done.release()

    with ThreadPoolExecutor(RUNS) as pool:
        working = [pool.submit(work, run) for run in runs]
        for _ in range(RUNS * STEPS // 2):
            assert half_done.acquire(timeout=30)
        own_site.kill_web()
        for each in working:
            each.result()
    assert sum(map(len, answered.values())) < RUNS * STEPS, "the kill came too late to prove anything"

    own_site.restart_web()
    events = _stored_events(own_site)
    for run in runs:
        _is_whole(server, run, answered[run], events)


def _is_whole(server: Server, run: str, answered: list[str], events: list[list[str]]) -> None:
    """Every answered state, at most one more, the last one current, and one event for each change."""
    states = server.get("/flow_run_states/", flow_run_id=run)
    ids = [state["id"] for state in sorted(states, key=lambda state: state["timestamp"])]
    assert ids[1 : len(answered) + 1] == answered
    assert len(ids) - 1 - len(answered) in (0, 1)
    assert server.get(f"/flow_runs/{run}")["state"]["id"] == ids[-1]
    assert {event for event, its_run in events if its_run == f"prefect.flow-run.{run}"} == set(ids)


def _stored_events(site: Site) -> list[list[str]]:
    """Id and resource of every stored event, read from the database itself."""
    code = (
        "import json; from workspaces.events.models import Event;"
        "print(json.dumps([[str(row[0]), row[1]] for row in Event.objects.values_list('id', 'resource_id')]))"
    )
    stored: list[list[str]] = json.loads(site.manage("shell", "--verbosity", "0", "--command", code))
    return stored
