"""Flows, runs, states and logs over REST, in process: shapes, refusals, tenancy, and what a list costs."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.models import Entry
from tests.cast import Api, Person
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun, Log

pytestmark = pytest.mark.django_db

UNKNOWN = "5f6b6183-94bd-4d28-9ba4-ef4055c69726"  # in names of tests, so the same in every process
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


class Client:
    """One person's workspace API."""

    def __init__(self, person: Person) -> None:
        self.root, self.api = person.workspace_api, person.api

    def __call__(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = self.api.call(method, self.root + path, body, headers={"X-PREFECT-API-VERSION": "0.8.4"})
        assert answer.status_code == expect, answer.content
        if "json" in answer.headers.get("Content-Type", ""):
            return answer.json()
        return b"".join(answer) if answer.streaming else answer.content

    def flow(self, name: str = "etl", **more: Any) -> Any:
        return self("POST", "/flows/", {"name": name, **more}, 201)

    def run(self, flow: Any = None, **more: Any) -> Any:
        flow_id = (flow or self("POST", "/flows/", {"name": "etl"}, expect=self._flow_status()))["id"]
        return self("POST", "/flow_runs/", {"flow_id": flow_id, **more}, 201)

    def _flow_status(self) -> int:
        return 200 if self("POST", "/flows/count", {"flows": {"name": {"any_": ["etl"]}}}) else 201


@pytest.fixture
def ours(owner: Person) -> Client:
    return Client(owner)


@pytest.fixture
def theirs(stranger: Person) -> Client:
    return Client(stranger)


def test_flow_is_made_once_and_kept_as_it_was(ours: Client) -> None:
    made = ours.flow(tags=["a"], labels={"team": "data", "n": 1, "f": 1.5, "b": True})
    again = ours("POST", "/flows", {"name": "etl", "tags": ["b"]})
    assert again == made
    assert made["labels"] == {"team": "data", "n": 1, "f": 1.5, "b": True}
    ours("PATCH", f"/flows/{made['id']}", {"tags": ["c"]}, 204)
    assert ours("GET", "/flows/name/etl")["tags"] == ["c"]
    ours("DELETE", f"/flows/{made['id']}", None, 204)
    assert ours("GET", f"/flows/{made['id']}", None, 404) == {"detail": "Flow not found"}


def test_run_has_what_it_was_given(ours: Client) -> None:
    flow = ours.flow(labels={"team": "data"})
    run = ours.run(flow, parameters={"x": [1, None]}, tags=["t"], context={"c": 1}, labels={"mine": "y"}, name=None)
    assert "-" in run["name"]
    assert run["labels"] == {"team": "data", "prefect.flow.id": flow["id"], "mine": "y"}
    assert (run["parameters"], run["tags"], run["context"]) == ({"x": [1, None]}, ["t"], {"c": 1})
    assert (run["state"]["type"], run["state"]["name"], run["run_count"]) == ("PENDING", "Pending", 0)
    run["estimated_start_time_delta"] = 0  # it has not begun, so this grows
    assert ours("GET", f"/flow_runs/{run['id']}") | {"estimated_start_time_delta": 0} == run
    ours("PATCH", f"/flow_runs/{run['id']}/labels", {"more": 2}, 204)
    ours("PATCH", f"/flow_runs/{run['id']}", {"name": "renamed", "infrastructure_pid": "7"}, 204)
    read = ours("GET", f"/flow_runs/{run['id']}")
    assert (read["labels"]["more"], read["name"], read["infrastructure_pid"]) == (2, "renamed", "7")
    assert read["parameters"] == {"x": [1, None]}


def test_run_names_who_created_it_and_is_found_by_that(ours: Client, owner: Person) -> None:
    run = ours.run()
    ours("POST", "/flow_runs/", {"flow_id": run["flow_id"], "created_by": {"type": "USER"}}, 422)
    creator = {"id": str(owner.user.id), "type": "USER", "display_value": owner.user.as_actor().name}
    assert (run["created_by"], ours("GET", f"/flow_runs/{run['id']}")["created_by"]) == (creator, creator)
    for created_by, count in (
        ({"id_": [creator["id"]]}, 1),
        ({"id_": [UNKNOWN]}, 0),
        ({"type_": ["USER"]}, 1),
        ({"type_": ["DEPLOYMENT"]}, 0),
        ({"is_null_": True}, 0),
    ):
        assert ours("POST", "/flow_runs/count", {"flow_runs": {"created_by": created_by}}) == count


def test_same_idempotency_key_gives_the_same_run(ours: Client) -> None:
    flow = ours.flow()
    run = ours.run(flow, idempotency_key="k")
    body = {"flow_id": flow["id"], "idempotency_key": "k", "name": "other"}
    assert ours("POST", "/flow_runs/", body, 200)["id"] == run["id"]
    assert ours("POST", "/flow_runs/count", {}) == 1


def test_subflow_moves_its_placeholder(ours: Client) -> None:
    parent = ours.run()
    placeholder = ours("POST", "/task_runs/", {"flow_run_id": parent["id"], "task_key": "sub", "dynamic_key": "0"}, 201)
    child = ours.run(parent_task_run_id=placeholder["id"])
    ours("POST", f"/flow_runs/{child['id']}/set_state", {"state": {"type": "RUNNING"}}, 201)
    moved = ours("GET", f"/task_runs/{placeholder['id']}")
    assert (moved["state_type"], moved["run_count"]) == ("RUNNING", 1)
    assert moved["state"]["state_details"]["child_flow_run_id"] == child["id"]
    found = ours("POST", "/flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [parent["id"]]}}})
    assert [run["id"] for run in found] == [child["id"]]


def test_every_state_leaves_an_event_and_only_the_deletion_an_entry(ours: Client, owner: Person) -> None:
    run = ours.run()
    answer = ours("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}}, 201)
    ours("DELETE", f"/flow_runs/{run['id']}", None, 204)
    entries = Entry.objects.filter(workspace_id=owner.workspace.id).order_by("id")
    assert list(entries.values_list("action", "actor_id")) == [
        (action, owner.user.id)
        for action in [
            "workspace.created",
            "flow.created",
            "flow-run.deleted",
        ]
    ]
    events = Event.objects.order_by("occurred").values_list("id", "event", "follows")
    first, second = uuid.UUID(run["state_id"]), uuid.UUID(answer["state"]["id"])
    assert list(events) == [(first, "prefect.flow-run.Pending", None), (second, "prefect.flow-run.Running", first)]


def test_logs_are_read_searched_and_downloaded(ours: Client) -> None:
    run = ours.run()
    line = {"name": "test", "level": 20, "flow_run_id": run["id"], "timestamp": "2026-01-01T00:00:00Z"}
    lines = [{**line, "message": f"line {number}", "worker_id": UNKNOWN} for number in range(3)]
    ours("POST", "/logs/", [*lines, {**line, "level": 40, "message": "nul\x00byte"}], 201)
    of_run = {"flow_run_id": {"any_": [run["id"]]}}
    read = ours("POST", "/logs/filter", {"logs": of_run, "limit": None, "sort": None})
    assert [one["message"] for one in read] == ["line 0", "line 1", "line 2", "nulbyte"]
    found = ours("POST", "/logs/filter", {"logs": {**of_run, "text": {"query": '"line 1" nulbyte -0'}}})
    assert [one["message"] for one in found] == ["line 1", "nulbyte"]
    assert len(ours("POST", "/logs/filter", {"logs": {**of_run, "level": {"ge_": 40}}})) == 1
    csv = ours("GET", f"/flow_runs/{run['id']}/logs/download").decode().splitlines()
    assert csv[0] == "timestamp,level,flow_run_id,task_run_id,message"
    assert len(csv) == 5
    ours("DELETE", f"/flow_runs/{run['id']}", None, 204)
    assert Log.objects.count() == 0


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"name": {"like_": "ALPH"}}, ["alpha"]),
        ({"name": {"any_": []}}, []),
        ({"tags": {"all_": ["x", "y"]}}, ["beta"]),
        ({"tags": {"any_": ["y", "nothing"]}}, ["beta"]),
        ({"tags": {"is_null_": True}}, ["gamma"]),
        ({"tags": {"operator": "or_", "all_": ["y"], "is_null_": True}}, ["beta", "gamma"]),
        ({"state": {"type": {"any_": ["RUNNING"]}}}, ["beta"]),
        ({"state": {"name": {"not_any_": ["Pending"]}}}, ["beta"]),
        ({"operator": "or_", "name": {"any_": ["gamma"]}, "state": {"type": {"any_": ["RUNNING"]}}}, ["beta", "gamma"]),
        ({"start_time": {"is_null_": True}}, ["alpha", "gamma"]),
        ({"start_time": {"before_": "2100-01-01T00:00:00"}}, ["alpha", "beta", "gamma"]),
        ({"deployment_id": {"is_null_": False}}, []),
        ({"parent_task_run_id": {"is_null_": True}}, ["alpha", "beta", "gamma"]),
        ({"id": {"not_any_": []}}, ["alpha", "beta", "gamma"]),
    ],
)
def test_filters_find_what_they_say(ours: Client, theirs: Client, chosen: Any, expected: list[str]) -> None:
    ours.run(name="alpha", tags=["x"])
    ours.run(name="beta", tags=["x", "y"], state={"type": "RUNNING"})
    ours.run(name="gamma")
    theirs.run(name="alpha", tags=["x", "y"], state={"type": "RUNNING"})
    body = {"flow_runs": chosen, "sort": "NAME_ASC", "nonsense": 1, "flows": None}
    assert [run["name"] for run in ours("POST", "/flow_runs/filter", body)] == expected
    assert ours("POST", "/flow_runs/count", {"flow_runs": chosen}) == len(expected)
    page = ours("POST", "/flow_runs/paginate", {"flow_runs": chosen, "limit": 2, "sort": "NAME_ASC"})
    assert ([run["name"] for run in page["results"]], page["count"]) == (expected[:2], len(expected))


def test_nouns_join(ours: Client) -> None:
    flow, other = ours.flow("one"), ours.flow("two")
    run = ours.run(flow, tags=["x"])
    ours.run(other)
    ours("POST", "/task_runs/", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "0", "name": "t-0"}, 201)
    tagged = {"flow_runs": {"tags": {"all_": ["x"]}}}
    assert [one["name"] for one in ours("POST", "/flows/filter", tagged)] == ["one"]
    assert [one["name"] for one in ours("POST", "/task_runs/filter", {"flows": {"name": {"any_": ["one"]}}})] == ["t-0"]
    assert ours("POST", "/task_runs/count", {"flows": {"name": {"any_": ["two"]}}}) == 0
    assert ours("POST", "/flow_runs/count", {"task_runs": {"name": {"like_": "t-"}}}) == 1
    assert ours("POST", "/flow_runs/count", {"deployments": {"id": {"any_": [UNKNOWN]}}}) == 0


def test_history_counts_by_interval(ours: Client) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for minutes, kind in [(0, "SCHEDULED"), (59, "SCHEDULED"), (60, "SCHEDULED"), (61, "SCHEDULED")]:
        when = (start + timedelta(minutes=minutes)).isoformat()
        ours.run(state={"type": kind, "state_details": {"scheduled_time": when}})
    body = {
        "history_start": start.isoformat(),
        "history_end": (start + timedelta(hours=3)).isoformat(),
        "history_interval_seconds": 3600,
    }
    history = ours("POST", "/flow_runs/history", body)
    assert [[state["count_runs"] for state in one["states"]] for one in history] == [[2], [2], []]
    assert history[0]["interval_start"] == "2026-01-01T00:00:00Z"
    assert history[0]["states"][0]["sum_estimated_lateness"] > 0
    assert ours("POST", "/flow_runs/history", {**body, "history_interval_seconds": 0.5}, 422) == {
        "detail": "History interval must not be less than 1 second."
    }
    assert ours("POST", "/flow_runs/lateness", {}) > 0
    none: dict[str, Any] = {"flow_runs": {"id": {"any_": []}}}
    assert [one["states"] for one in ours("POST", "/flow_runs/history", {**body, **none})] == [[], [], []]
    assert ours("POST", "/flow_runs/lateness", none) is None
    assert ours("POST", "/flow_runs/lateness", {"flow_runs": {"id": {"any_": [UNKNOWN]}}}) is None


STRANGE_READS = [
    ("GET", "/flows/{flow}"),
    ("GET", "/flow_runs/{run}"),
    ("GET", "/task_runs/{task}"),
    ("GET", "/flow_run_states/{state}"),
    ("GET", "/flow_runs/{run}/logs/download"),
    ("DELETE", "/flows/{flow}"),
    ("DELETE", "/flow_runs/{run}"),
    ("DELETE", "/task_runs/{task}"),
    ("PATCH", "/flows/{flow}"),
    ("PATCH", "/flow_runs/{run}"),
    ("PATCH", "/flow_runs/{run}/labels"),
    ("POST", "/flow_runs/{run}/set_state"),
    ("POST", "/flow_runs/{run}/resume"),
    ("POST", "/flow_runs/{run}/input"),
]


@pytest.mark.parametrize(("method", "path"), STRANGE_READS)
def test_another_tenants_row_and_a_missing_one_are_the_same(
    ours: Client, theirs: Client, method: str, path: str
) -> None:
    run = theirs.run()
    task = theirs("POST", "/task_runs/", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "0"}, 201)
    ids = {"run": run["id"], "flow": run["flow_id"], "task": task["id"], "state": run["state_id"]}
    body = {"state": {"type": "CRASHED"}, "key": "k", "value": "v"} if method == "POST" else {}
    told = ours(method, path.format(**ids), body, 404)
    missing = ours(method, path.format(**dict.fromkeys(ids, UNKNOWN)), body, 404)
    hidden = str(told)
    for value in ids.values():
        hidden = hidden.replace(value, UNKNOWN)
    assert hidden == str(missing)
    assert theirs("GET", f"/flow_runs/{run['id']}")["state_type"] == "PENDING"


def test_rows_of_another_tenant_cannot_be_pointed_at(ours: Client, theirs: Client) -> None:
    run, own = theirs.run(), ours.run()
    task = theirs("POST", "/task_runs/", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "0"}, 201)
    ours("POST", "/flow_runs/", {"flow_id": run["flow_id"]}, 409)
    ours("POST", "/flow_runs/", {"flow_id": own["flow_id"], "parent_task_run_id": task["id"]}, 409)
    ours("POST", "/task_runs/", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "1"}, 409)
    assert theirs("GET", f"/task_runs/{task['id']}")["dynamic_key"] == "0"


def test_lists_show_only_the_own_workspace(ours: Client, theirs: Client) -> None:
    run = theirs.run(tags=["secret"])
    theirs("POST", "/logs/", [
        {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": run["id"]}
    ], 201)  # fmt: skip
    for path, body in [
        ("/flows/filter", {}),
        ("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}}),
        ("/task_runs/filter", {}),
        ("/logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}}),
    ]:
        assert ours("POST", path, body) == []
    assert ours("GET", f"/flow_run_states/?flow_run_id={run['id']}") == []
    assert ours("POST", "/flow_runs/bulk_delete", {"flow_runs": {"id": {"any_": [run["id"]]}}}) == {"deleted": []}
    assert FlowRun.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/flows/", {"name": "a/b"}, 422),
        ("/flows/", {"name": ""}, 422),
        ("/flows/", {"name": 5}, 422),
        ("/flows/", {"name": "x", "extra": 1}, 422),
        ("/flows/", [], 422),
        ("/flow_runs/", {"flow_id": "no"}, 422),
        ("/flow_runs/", {"flow_id": UNKNOWN}, 409),
        ("/flow_runs/", {"flow_id": UNKNOWN, "parameters": {"x": "y" * 530_000}}, 422),
        ("/flow_runs/filter", {"limit": 201}, 422),
        ("/flow_runs/filter", {"limit": -1}, 422),
        ("/flow_runs/filter", {"offset": -1}, 422),
        ("/flow_runs/filter", {"sort": "WRONG"}, 422),
        ("/flow_runs/filter", {"flow_runs": {"nonsense": {}}}, 422),
        ("/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["WRONG"]}}}}, 422),
        ("/flow_runs/paginate", {"page": 0}, 422),
        (f"/flow_runs/{UNKNOWN}/set_state", {"state": {"type": "WRONG"}}, 422),
        (f"/flow_runs/{UNKNOWN}/set_state", {}, 422),
        (f"/flow_runs/{UNKNOWN}/set_state", {"state": {"type": "RUNNING"}}, 404),
        ("/logs/", [{"name": "n"}], 422),
        ("/logs/", {"name": "n"}, 422),
        ("/logs/", [{"name": "n", "level": 99999, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}], 422),
        ("/task_runs/", {"task_key": "t"}, 422),
        ("/v2/concurrency_limits/increment-with-lease", {"names": ["tag:x"], "slots": 0}, 422),
    ],
)
def test_bad_input_gets_the_contracts_error(ours: Client, path: str, body: Any, status: int) -> None:
    told = ours("POST", path, body, status)
    assert set(told) <= {"detail", "exception_message", "exception_detail", "request_body"}
    if "exception_detail" in told:
        assert told["exception_message"] == "Invalid request received."
        assert told["request_body"] == body
        assert {"type", "loc", "msg"} <= set(told["exception_detail"][0])
        assert told["exception_detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize("raw", [b"{", b"", b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 5000, b"nul\x00"])
def test_text_that_is_no_json_is_refused(ours: Client, raw: bytes) -> None:
    answer = ours.api.client.post(f"{ours.root}/flows/", data=raw, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["exception_message"] == "Invalid request received."


def test_odd_numbers_and_nul_characters_are_no_failure(ours: Client) -> None:
    flow = ours.flow()
    for raw, status in [
        (b'{"flow_id": "%s", "parameters": {"x": NaN}}', 422),
        (b'{"flow_id": "%s", "parameters": {"x": 1e400}}', 422),
        (b'{"flow_id": "%s", "parameters": {"x": "a\\u0000b", "\\u0000": 1}}', 201),
        (b'{"flow_id": "%s", "parameters": {"x": "literal \\\\u0000"}}', 201),
        (b'{"flow_id": "%s", "parameters": {"x": "\\u00\\u000000"}}', 422),
        (b'{"flow_id": "%s", "name": "\\u0000", "tags": ["\\u0000"]}', 201),
        (b'{"flow_id": "%s", "parameters": {"x": 123456789012345678901234567890}}', 201),
    ]:
        body = raw % flow["id"].encode()
        answer = ours.api.client.post(f"{ours.root}/flow_runs/", data=body, content_type="application/json")
        assert answer.status_code == status, (raw, answer.content)


def test_body_of_six_megabytes_is_refused(ours: Client) -> None:
    answer = ours.api.client.post(f"{ours.root}/logs/", data=b" " * 6_000_000, content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("version", "status"), [("0.8.4", 200), ("0.8.0", 200), ("0.7.9", 400), ("x", 400), ("9.0.0", 200)]
)
def test_clients_too_old_are_told(owner: Person, version: str, status: int) -> None:
    answer = owner.api.get(f"{owner.workspace_api}/version", headers={"X-PREFECT-API-VERSION": version})
    assert answer.status_code == status


def test_probes(ours: Client) -> None:
    assert ours("GET", "/health") is True
    assert ours("GET", "/hello") == "👋"
    assert ours("GET", "/ready") == {"message": "OK"}
    assert ours("GET", "/version") == "0.8.4"
    assert ours("GET", "/admin/version") == "3.8.0"
    assert ours("GET", "/admin/storage") == {"default_result_storage_block_id": None}
    assert ours("GET", f"/csrf-token?client={UNKNOWN}", None, 422) == {"detail": "CSRF protection is disabled."}


def test_a_list_costs_the_same_for_one_row_and_three(ours: Client) -> None:
    def costs() -> dict[str, int]:
        found = {}
        for path in ["/flows/filter", "/flow_runs/filter", "/task_runs/filter", "/logs/filter", "/flow_runs/paginate"]:
            with CaptureQueriesContext(connection) as queries:
                ours("POST", path, {})
            found[path] = len(queries)
        return found

    def add(number: int) -> None:
        run = ours.run(ours.flow(f"flow-{number}"))
        ours("POST", "/task_runs/", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "0"}, 201)
        line = {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
        ours("POST", "/logs/", [line], 201)

    add(0)
    one = costs()
    add(1)
    add(2)
    assert costs() == one
    door = {"sqlite": 2, "postgresql": 1}[connection.vendor]
    logs = {"sqlite": 2, "postgresql": 1}[connection.vendor]
    beyond = {"/flows/filter": 1, "/flow_runs/filter": 2, "/task_runs/filter": 3, "/logs/filter": logs}
    assert one == {path: door + queries for path, queries in {**beyond, "/flow_runs/paginate": 3}.items()}


def test_hot_calls_have_a_ceiling(ours: Client) -> None:
    """Key and workspace are found first (PostgreSQL: in one go); what the call does comes on top."""
    run = ours.run()
    set_state = {"state": {"type": "RUNNING"}}
    calls: list[tuple[str, str, Any, int]] = [
        ("POST", f"/flow_runs/{run['id']}/set_state", set_state, 201),
        ("GET", f"/flow_runs/{run['id']}", None, 200),
        ("POST", "/flows/", {"name": "etl"}, 200),
        ("GET", "/admin/storage", None, 200),
        ("POST", "/flow_runs/", {"flow_id": run["flow_id"]}, 201),
    ]
    spent = []
    for method, path, body, status in calls:
        with CaptureQueriesContext(connection) as queries:
            ours(method, path, body, status)
        spent.append(len([query for query in queries if not query["sql"].startswith(TRANSACTION)]))
    assert spent == {"sqlite": [7, 3, 3, 2, 6], "postgresql": [3, 2, 2, 1, 3]}[connection.vendor]


def test_stranger_gets_404_for_the_whole_workspace(owner: Person, stranger: Person) -> None:
    for key, status in [(stranger.key_value, 404), (None, 401), ("pnu_wrong", 401), (owner.key_value, 200)]:
        answer = Api(key).post(f"{owner.workspace_api}/flow_runs/filter")
        assert answer.status_code == status
    missing = owner.workspace_api.replace(str(owner.workspace.id), UNKNOWN)
    assert Api(owner.key_value).post(f"{missing}/flow_runs/filter").json() == {"detail": "Not Found"}
    assert Api(stranger.key_value).post(f"{owner.workspace_api}/flow_runs/filter").json() == {"detail": "Not Found"}
    swapped = owner.workspace_api.replace(str(owner.account.id), str(stranger.account.id))
    assert Api(owner.key_value).post(f"{swapped}/flow_runs/filter").status_code == 404


def test_id_of_a_stranger_is_not_told_apart_from_a_free_one(ours: Client, theirs: Client) -> None:
    taken = theirs("POST", "/task_runs/", {"task_key": "t", "dynamic_key": "0"}, 201)["id"]
    for number, asked in enumerate((taken, UNKNOWN)):
        made = ours("POST", "/task_runs/", {"id": asked, "task_key": "t", "dynamic_key": str(number)}, 201)
        assert made["id"] != asked
        ours("GET", f"/task_runs/{asked}", None, 404)
        assert ours("POST", "/task_runs/filter", {"task_runs": {"id": {"any_": [asked]}}}) == []
        assert ours("GET", f"/task_runs/{made['id']}")["dynamic_key"] == str(number)
    assert theirs("GET", f"/task_runs/{taken}")["id"] == taken
