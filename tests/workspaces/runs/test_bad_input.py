"""Numbers, times, texts and bodies beyond what can be stored are refused, on both databases alike."""

import json
import tracemalloc
from datetime import datetime
from typing import Any

import pytest

from tests.cast import Person
from tests.workspaces.runs.test_api import UNKNOWN, Client
from workspaces.runs.models import FlowRun

pytestmark = pytest.mark.django_db

CJK = "一二三四五六七八九十"
NUMBER = "9" * 5000
EARLY, LATE = "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"
YEAR = {"history_start": "2026-01-01T00:00:00Z", "history_end": "2026-12-31T00:00:00Z"}
LINE = {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}


@pytest.fixture
def ours(owner: Person) -> Client:
    return Client(owner)


def _history(seconds: Any, **more: Any) -> dict[str, Any]:
    return {**YEAR, "history_interval_seconds": seconds, **more}


REFUSED: list[tuple[str, Any]] = [
    *(("/logs/", [{**LINE, "timestamp": when}]) for when in (EARLY, LATE)),
    *(("/flow_runs/filter", {"flow_runs": {"start_time": {"after_": when}}}) for when in (EARLY, LATE)),
    *(("/flow_runs/history", _history(seconds)) for seconds in ("nan", "inf", 1e300, 1e12, "-inf")),
    ("/task_runs/history", _history("nan")),
    ("/flow_runs/history", _history(86400, history_start="9999-12-31T12:00:00Z", history_end="9999-12-31T23:00:00Z")),
    ("/flow_runs/paginate", {"page": 10**18}),
    ("/flows/paginate", {"page": 10**19}),
    ("/flow_runs/filter", {"offset": 10**19}),
    ("/flow_runs/filter", {"limit": 10**19}),
    ("/logs/filter", {"logs": {"level": {"ge_": 10**19}}}),
    ("/flows/", {"name": "x" * 1025}),
    ("/flows/", {"name": CJK * 100}),
    ("/flows/", {"name": "many-labels", "labels": {str(number): [] for number in range(2000)}}),
    ("/logs/", [{**LINE, "message": "x" * 1_000_001}]),
    ("/task_runs/", {"task_key": CJK * 50, "dynamic_key": "0"}),
    ("/task_runs/", {"task_key": "t", "dynamic_key": "x" * 1251}),
    ("/task_runs/", {"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_delay": "inf"}}),
    ("/task_runs/", {"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_delay": [1, "nan"]}}),
    ("/task_runs/", {"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_jitter_factor": "nan"}}),
]
REFUSED_RUNS: list[dict[str, Any]] = [
    {"job_variables": {"x": "y" * 524_288}},
    {"state": {"type": "RUNNING", "data": "x" * 524_288}},
    {"empirical_policy": {"retry_delay": 10**15}},
    {"empirical_policy": {"retries": 10**15}},
    {"empirical_policy": {"retry_delay_seconds": "inf"}},
    {"empirical_policy": {"retry_delay_seconds": "nan"}},
    {"idempotency_key": CJK * 100},
    {"idempotency_key": "x" * 1025},
    {"state": {"type": "RUNNING", "name": "x" * 1025}},
    {"state": {"type": "RUNNING", "name": CJK * 100}},
    {"state": {"type": "SCHEDULED", "state_details": {"scheduled_time": LATE}}},
]


@pytest.mark.parametrize(("path", "body"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_stored_or_computed_is_refused(ours: Client, path: str, body: Any) -> None:
    ours("POST", path, body, 422)


def test_what_is_as_large_as_it_may_be_is_taken(ours: Client) -> None:
    ours("POST", "/logs/", [{**LINE, "message": "x" * 1_000_000}], 201)
    large = {"x": "y" * 524_000}
    run = ours.run(name="n" * 1024, context=large, job_variables=large, state={"type": "PENDING", "data": large})
    assert len(run["name"]) == 1024
    ours("POST", "/flow_runs/", {"flow_id": run["flow_id"], "context": {"x": "y" * 524_288}}, 422)
    task = ours("POST", "/task_runs/", {"task_key": "t", "dynamic_key": "0", "name": "n" * 1024}, 201)
    # Clients make names of runs from templates, so longer ones are cut.
    ours("PATCH", f"/task_runs/{task['id']}", {"name": "m" * 1025}, 204)
    assert ours("GET", f"/task_runs/{task['id']}")["name"] == "m" * 1024
    ours("PATCH", f"/flow_runs/{run['id']}", {"name": "m" * 1025}, 204)
    assert ours("GET", f"/flow_runs/{run['id']}")["name"] == "m" * 1024


@pytest.mark.parametrize("body", REFUSED_RUNS, ids=range(len(REFUSED_RUNS)))
def test_run_that_cannot_be_stored_is_refused(ours: Client, body: Any) -> None:
    flow = ours.flow()
    ours("POST", "/flow_runs/", {"flow_id": flow["id"], **body}, 422)
    run = ours.run(flow)
    if "state" in body:
        ours("POST", f"/flow_runs/{run['id']}/set_state", body, 422)
    else:
        ours("PATCH", f"/flow_runs/{run['id']}", body, 422)


def test_longest_names_and_keys_fit_into_every_index(ours: Client) -> None:
    name = CJK[:7] * 119  # 833 characters, 2,499 bytes that no index can pack
    key = "".join(chr(0x4E00 + number * 37 % 20_000) for number in range(833))
    half = key[:416]
    flow = ours.flow(key)
    run = ours.run(flow, idempotency_key=key, state={"type": "RUNNING", "name": key})
    ours("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": "COMPLETED", "name": name}}, 201)
    ours("POST", "/task_runs/", {"flow_run_id": run["id"], "task_key": half, "dynamic_key": half[::-1]}, 201)
    ours("POST", f"/flow_runs/{run['id']}/input", {"key": "k" * 1024, "value": "1"}, 201)
    ours("POST", f"/flow_runs/{run['id']}/input", {"key": "k" * 1025, "value": "1"}, 422)


def test_edges_of_the_calendar_are_times_like_others(ours: Client) -> None:
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
    run = ours.run(state={"type": "SCHEDULED", "state_details": {"scheduled_time": last}})
    ours.run(state={"type": "SCHEDULED", "state_details": {"scheduled_time": first}})
    assert ours("GET", f"/flow_runs/{run['id']}")["expected_start_time"] == last
    assert len(ours("POST", "/flow_runs/filter", {"flow_runs": {"expected_start_time": {"after_": first}}})) == 2
    whole = _history(2**31 - 1, history_start=first, history_end="9900-01-01T00:00:00Z")
    assert sum(state["count_runs"] for one in ours("POST", "/flow_runs/history", whole) for state in one["states"]) == 1


@pytest.mark.parametrize("digits", [f"{'1' * 400}.0", "1" * 250 + "e99", "1" * 400, "[1e999]", "NaN"])
def test_numbers_beyond_every_float_are_refused(ours: Client, digits: str) -> None:
    raw = f'{{"flow_id": "{UNKNOWN}", "parameters": {{"x": {digits}}}}}'
    answer = ours.api.client.post(f"{ours.root}/flow_runs/", data=raw, content_type="application/json")
    assert answer.status_code == 422


def test_stored_delay_beyond_the_calendar_does_not_lock_the_run(ours: Client) -> None:
    run = ours.run()
    ours("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}}, 201)
    FlowRun.objects.update(empirical_policy={"retries": 1, "retry_delay": 10**15})
    answer = ours("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": "FAILED"}}, 201)
    assert answer["state"]["name"] == "AwaitingRetry"
    assert datetime.fromisoformat(answer["state"]["state_details"]["scheduled_time"]).year > 2080


def test_no_job_variables_change_nothing(ours: Client) -> None:
    run = ours.run(job_variables={"image": "x"})
    ours("PATCH", f"/flow_runs/{run['id']}", {"job_variables": None, "name": "renamed"}, 204)
    read = ours("GET", f"/flow_runs/{run['id']}")
    assert (read["job_variables"], read["name"]) == ({"image": "x"}, "renamed")


@pytest.mark.parametrize("version", [f"{NUMBER}.0.0", "0.8.٤", "0.8.4\n"])
def test_version_that_is_none_is_refused(owner: Person, version: str) -> None:
    answer = owner.api.get(f"{owner.workspace_api}/version", headers={"X-PREFECT-API-VERSION": version})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("/logs/", b"[" + b",".join([b"{}"] * 300_000) + b"]"),
        ("/flow_runs/", json.dumps({"name": "x", "tags": list(range(130_000))}).encode()),
        ("/flow_runs/", json.dumps({"name": "x", "labels": {str(number): [] for number in range(60_000)}}).encode()),
        ("/flow_runs/", json.dumps({str(number): 1 for number in range(70_000)}).encode()),
    ],
    ids=["logs", "tags", "labels", "fields"],
)
def test_body_of_a_million_faults_costs_no_more_than_its_reading(ours: Client, path: str, raw: bytes) -> None:
    tracemalloc.start()
    answer = ours.api.client.post(f"{ours.root}{path}", data=raw, content_type="application/json")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 422
    assert len(answer.content) < 100_000
    assert most < 40_000_000
