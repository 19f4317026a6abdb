"""All that a server tells about the runs of a flow, with what differs between any two runs written as words.

Ids become labels in the order of the story (equal ids stay equal), times `<time>`, durations `<seconds>`.
"""

import re
import time
from typing import Any

import httpx

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
# Names of mapped and retried task runs end in three characters of a random key; results lie under a random name.
WORDS = [
    (re.compile(r"\b(double|unsteady|broken|kept|quick|long_wait|step|inner)-[0-9a-f]{3}\b"), r"\1-<key>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hash>"),
    (re.compile(r"0x[0-9a-f]+"), "<address>"),
    (re.compile(r"\d+\.\d+ seconds?|\d+ seconds?\(s\)"), "<seconds>"),
    (re.compile(r"/[^ '\"]*/(flows|\.prefect|\.venv-client|prefect-peer)/"), r"<path>/\1/"),
]
SECONDS = {"total_run_time", "estimated_run_time", "estimated_start_time_delta"}
TRACE = {"traceparent"}


class Server:
    """The API of one workspace, or of a reference server."""

    def __init__(self, api_url: str, key: str = "") -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(base_url=api_url, headers=headers, timeout=30, trust_env=False)

    def get(self, path: str, **params: str) -> Any:
        return self.http.get(path, params=params).raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()

    def runs_of(self, *flow_names: str) -> list[dict[str, Any]]:
        """Flow runs of these flows and of flows called by them, oldest first."""
        found = self.post("/flow_runs/filter", flows={"name": {"any_": list(flow_names)}}, limit=200)
        return sorted(found, key=lambda run: str(run["created"]))


def story(server: Server, *flow_names: str) -> dict[str, Any]:
    """Flow runs, task runs, state histories and logs of these flows, comparable with another server's."""
    flow_runs = server.runs_of(*flow_names)
    told: list[Any] = []
    for flow_run in flow_runs:
        run_filter = {"flow_runs": {"id": {"any_": [flow_run["id"]]}}}
        task_runs = server.post("/task_runs/filter", **run_filter, limit=200)
        task_runs.sort(key=lambda run: (run["task_key"].rsplit("-", 1)[0], str(run["created"])))
        logs = server.post("/logs/filter", logs={"flow_run_id": {"any_": [flow_run["id"]]}}, sort="TIMESTAMP_ASC")
        told.append(
            {
                "flow": server.get(f"/flows/{flow_run['flow_id']}"),
                "flow_run": server.get(f"/flow_runs/{flow_run['id']}"),
                "states": server.get("/flow_run_states/", flow_run_id=flow_run["id"]),
                "task_runs": [
                    {"run": run, "states": server.get("/task_run_states/", task_run_id=run["id"])} for run in task_runs
                ],
                "logs": sorted((log["level"], log["name"], log["message"]) for log in logs),
            }
        )
    return {"runs": normal(told)}


def told_in_the_end(server: Server, *flow_names: str) -> dict[str, Any]:
    """The story when nothing comes to it any more: logs and task runs arrive a moment after the script."""
    before: dict[str, Any] = {}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        now = story(server, *flow_names)
        if now == before:
            return now
        before = now
        time.sleep(2)
    raise AssertionError("The story does not come to an end.")


def normal(value: Any) -> Any:
    """The same with ids, times, durations and random names replaced."""
    return _Writer().write(value, "")


class _Writer:
    def __init__(self) -> None:
        self.labels: dict[str, str] = {}

    def write(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            # The reference has no users, so that no run has a creator there.
            return {name: self.write(inner, name) for name, inner in sorted(value.items()) if name != "created_by"}
        if key == "tags" and isinstance(value, list):  # a set to the client: its order differs from process to process
            value = sorted(value)
        if isinstance(value, list | tuple):
            return [self.write(inner, key) for inner in value]
        if key in SECONDS and isinstance(value, int | float):
            return "<seconds>"
        if key in TRACE and value:
            return "<trace>"
        return self.text(value) if isinstance(value, str) else value

    def text(self, value: str) -> str:
        value = TIME.sub("<time>", value)
        value = ID.sub(lambda found: self.labels.setdefault(found[0], f"<id {len(self.labels)}>"), value)
        for pattern, word in WORDS:
            value = pattern.sub(word, value)
        return value
