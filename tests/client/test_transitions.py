"""Random walks of one run through its states: every answer and every column as the reference server gives them."""

import random
import time
from typing import Any

import httpx
import pytest

from tests.prefect_client import PrefectClient

pytestmark = pytest.mark.client

TYPES = ["SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING"]
LIKELY = ["RUNNING", "PENDING", "COMPLETED", "FAILED", "PAUSED"]
PAST, FUTURE = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
POLICIES: list[dict[str, Any]] = [{}, {"retries": 1, "retry_delay": 0}, {"retries": 2, "retry_delay": 100}]
TRANSITION = "0ae7b4b8-9986-4775-8f31-0f99db46a20c"
Move = tuple[str, str, dict[str, Any]]


class Walker:
    """One run on one server."""

    def __init__(self, url: str, key: str | None = None) -> None:
        headers = {"X-PREFECT-API-VERSION": "0.8.4"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self.http = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60)
        self.run_id = ""

    def start(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        flow = self.call("POST", "/flows/", {"name": name}).json()
        run = self.call("POST", "/flow_runs/", {**body, "flow_id": flow["id"]}).json()
        self.run_id = run["id"]
        return columns(run)

    def move(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self.call(method, f"/flow_runs/{self.run_id}{path}", body)
        told = answer.json() if answer.content else None
        if told is not None:
            told["state"] = state(told["state"])
            told["details"].pop("delay_seconds", None)
        after = columns(self.call("GET", f"/flow_runs/{self.run_id}").json())
        return {"status": answer.status_code, "told": told, "run": after}

    def history(self) -> list[Any]:
        found = self.call("GET", f"/flow_run_states/?flow_run_id={self.run_id}").json()
        return [state(one) for one in found]

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Again where the reference says that its SQLite is busy."""
        for _ in range(20):
            answer = self.http.request(method, path, json=body)
            if answer.status_code != 503:
                break
            time.sleep(0.3)
        return answer


@pytest.mark.parametrize("seed", range(25))
def test_walk_is_that_of_the_reference(seed: int, reference: PrefectClient, owner: dict[str, Any]) -> None:
    first, moves = walk(random.Random(seed))
    theirs, ours = Walker(reference.settings["PREFECT_API_URL"]), Walker(owner["api_url"], owner["api_key"])
    assert ours.start(f"walk-{seed}", first) == theirs.start(f"walk-{seed}", first)
    for number, move in enumerate(moves):
        expected = theirs.move(*move)
        assert ours.move(*move) == expected, (first, moves[: number + 1])
    assert ours.history() == theirs.history()


def walk(chance: random.Random) -> tuple[dict[str, Any], list[Move]]:
    first: dict[str, Any] = {"name": "walker", "empirical_policy": chance.choice(POLICIES)}
    if chance.random() < 0.9:
        first["state"] = {"type": chance.choice(TYPES)}
    return first, [_move(chance) for _ in range(chance.randint(3, 8))]


def _move(chance: random.Random) -> Move:
    lot = chance.random()
    if lot < 0.08:
        return "POST", "/resume", {}
    if lot < 0.13:
        return "PATCH", "", {"infrastructure_pid": "1"}
    kind = chance.choice(TYPES if chance.random() < 0.6 else LIKELY)
    proposed: dict[str, Any] = {"type": kind, "state_details": {}}
    details = proposed["state_details"]
    if chance.random() < 0.2:
        proposed["name"] = chance.choice(["Late", "Suspended", "Submitting", "Custom", "Resuming"])
    if chance.random() < 0.2:
        details["scheduled_time"] = chance.choice([PAST, FUTURE])
    if chance.random() < 0.15:
        details["transition_id"] = TRANSITION
    if kind == "PAUSED":
        details["pause_timeout"] = chance.choice([PAST, FUTURE, None])
        details["pause_key"] = chance.choice(["k", None])
        details["pause_reschedule"] = chance.random() < 0.3
    if chance.random() < 0.2:
        proposed["data"] = chance.choice([{"type": "unpersisted"}, {"storage_key": "a", "expiration": None}, "x"])
    if chance.random() < 0.2:
        proposed["message"] = "told"
    return "POST", "/set_state", {"state": proposed, "force": chance.random() < 0.12}


def columns(run: dict[str, Any]) -> dict[str, Any]:
    """A run without what must differ: ids and clocks."""
    same = {"name", "state_type", "state_name", "run_count", "empirical_policy", "parameters", "context", "tags",
            "auto_scheduled", "infrastructure_pid", "job_variables", "deployment_id"}  # fmt: skip
    told = {name: run[name] for name in same}
    keys = told["empirical_policy"]["pause_keys"] or []
    told["empirical_policy"]["pause_keys"] = sorted("made up" if len(key) > 30 else key for key in keys)
    times = ("expected_start_time", "next_scheduled_start_time", "start_time", "end_time")
    return {
        **told,
        "fields": sorted(run),
        "labels": sorted(run["labels"]),
        "times": {name: run[name] is not None for name in times},
        "ran": run["total_run_time"] > 0,
        "state": state(run["state"]),
    }


def state(one: dict[str, Any] | None) -> dict[str, Any] | None:
    if one is None:
        return None
    details = dict(one["state_details"])
    for name in ("flow_run_id", "task_run_id", "child_flow_run_id", "scheduled_time", "pause_timeout"):
        details[name] = details[name] is not None
    return {**{name: one[name] for name in ("type", "name", "message", "data")}, "details": details}
