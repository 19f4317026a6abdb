"""Random requests about deployments, work pools and concurrency limits, the same for each server.

An id in a path or body is a label in braces. `Requests.made` says which step got an id, so later requests use it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.contract.conformance import values

Made = tuple[str, str, Any]


@dataclass(frozen=True)
class Step:
    """A request. `kind` is the kind of row that it makes, "" if it makes none."""

    method: str
    path: str
    body: Any
    kind: str = ""
    label: str = ""


class Requests:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.labels: dict[str, list[str]] = {}

    def steps(self, count: int) -> list[Step]:
        """Return the first requests of this seed: those that fill the workspace, and random ones."""
        made = [self._labelled(method, path, body, kind) for method, path, body, kind in _FIRST]
        while len(made) < count:
            kind, make = self.random.choice(_MAKERS)
            made.append(self._labelled(*make(self), kind))
        return made

    def _labelled(self, method: str, path: str, body: Any, kind: str) -> Step:
        label = f"{kind}{len(self.labels.setdefault(kind, []))}" if kind else ""
        step = Step(method, path, body, kind, label)
        if kind:
            self.labels[kind].append(label)
        return step

    def id(self, kind: str) -> str:
        """Return an id of this kind, or one that no row has."""
        known = self.labels.get(kind, [])
        return f"{{{self.random.choice(known)}}}" if known and self.random.random() < 0.93 else values.NO_ID

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def some(self, choices: dict[str, Any], most: int = 3) -> dict[str, Any]:
        """Return a few of the fields, each with one of its values."""
        names = self.random.sample(sorted(choices), self.random.randint(0, min(most, len(choices))))
        return {name: self.random.choice(choices[name]) for name in names}


def _deployment(r: Requests) -> Made:
    body = {"name": r.one(*values.NAMES), "flow_id": r.id("flow"), **r.some(values.DEPLOYMENT, 4)}
    if r.random.random() < 0.2:
        body["global_concurrency_limit_id"] = r.id("limit")
    return "POST", "/deployments/", body


def _deployment_change(r: Requests) -> Made:
    fields = {name: choices for name, choices in values.DEPLOYMENT.items() if name != "labels"}  # only Cloud has them
    return "PATCH", f"/deployments/{r.id('deployment')}", r.some(fields, 3)


def _deployment_read(r: Requests) -> Made:
    name = f"name/{r.one('flow-a', 'flow-b', 'none')}/{r.one(*values.NAMES)}"
    part = r.one(r.id("deployment"), r.id("deployment"), name)
    return "GET", f"/deployments/{part}", None


def _deployment_verb(r: Requests) -> Made:
    method, verb = r.one(
        ("POST", "/pause_deployment"), ("POST", "/resume_deployment"), ("GET", "/schedules"),
        ("GET", "/work_queue_check"), ("DELETE", ""),
    )  # fmt: skip
    return method, f"/deployments/{r.id('deployment')}{verb}", None


def _list(r: Requests) -> Made:
    noun = r.one("deployments", "deployments", "flows", "flow_runs", "work_pools", "work_queues")
    verb = r.one("filter", "filter", "count") if noun in ("work_pools", "flows", "flow_runs") else "filter"
    if noun == "deployments":
        verb = r.one("filter", "count", "paginate")
    body: dict[str, Any] = r.some({name: values.FILTERS[name] for name in values.FILTERED[noun]}, 2)
    if verb != "count":
        body["sort"] = r.one(*values.SORTS[noun]) if noun in values.SORTS else None
        if body["sort"] is None:
            del body["sort"]
        body |= r.some({"limit": [1, 3, 200, 201, 0], "offset": [0, 1, -1]} if verb == "filter" else {"page": [1, 2]})
    return "POST", f"/{noun}/{verb}", body


def _schedule(r: Requests) -> Made:
    made = {"schedule": r.one(*values.SCHEDULES), **r.some(values.SCHEDULE_FIELDS)}
    return "POST", f"/deployments/{r.id('deployment')}/schedules", [made]


def _schedule_change(r: Requests) -> Made:
    path = f"/deployments/{r.id('deployment')}/schedules/{r.id('schedule')}"
    if r.random.random() < 0.3:
        return "DELETE", path, None
    return "PATCH", path, r.some({**values.SCHEDULE_FIELDS, "schedule": values.SCHEDULES})


def _schedule_runs(r: Requests) -> Made:
    return "POST", f"/deployments/{r.id('deployment')}/schedule", r.one(*values.WINDOWS)


def _run(r: Requests) -> Made:
    body = {"name": r.one(*values.NAMES), **r.some(values.RUN, 3)}
    return "POST", f"/deployments/{r.id('deployment')}/create_flow_run", body


def _runs(r: Requests) -> Made:
    bodies = [r.some(values.RUN, 2) for _ in range(r.random.randint(0, 3))]
    return "POST", f"/deployments/{r.id('deployment')}/create_flow_run/bulk", bodies


def _run_state(r: Requests) -> Made:
    return "POST", f"/flow_runs/{r.id('run')}/set_state", {"state": r.one(*values.STATES), "force": r.one(False, True)}


def _run_read(r: Requests) -> Made:
    method = r.one("GET", "GET", "GET", "DELETE")
    return method, f"/flow_runs/{r.id('run')}", None


def _pool(r: Requests) -> Made:
    return "POST", "/work_pools/", {"name": r.one(*values.POOLS), **r.some(values.POOL)}


def _pool_verb(r: Requests) -> Made:
    path = f"/work_pools/{r.one(*values.POOLS)}"
    method, verb, body = r.one(
        ("GET", "", None), ("GET", "", None), ("PATCH", "", r.some(values.POOL_CHANGE)), ("DELETE", "", None),
        ("PATCH", "", r.some(values.POOL_CHANGE)),
        ("POST", "/get_scheduled_flow_runs", r.one(*values.POLLS)),
        ("POST", "/get_scheduled_flow_runs", r.one(*values.POLLS)),
        ("POST", "/concurrency_status", r.some({"page": [1, 2], "limit": [1, 201], "flow_run_limit": [0, 1]})),
        ("POST", "/queues/filter", r.one({}, {"work_queues": {"name": {"any_": ["default"]}}}, {"limit": 1})),
        ("POST", "/workers/heartbeat", r.one(*values.HEARTBEATS)),
        ("POST", "/workers/filter", r.one(*values.WORKERS)),
        ("DELETE", f"/workers/{r.one('w', 'v')}", None),
    )  # fmt: skip
    return method, path + verb, body


def _queue(r: Requests) -> Made:
    body = {"name": r.one("q", "fast", "default"), **r.some(values.QUEUE)}
    return "POST", r.one(f"/work_pools/{r.one(*values.POOLS)}/queues", "/work_queues/"), body


def _queue_verb(r: Requests) -> Made:
    named = f"/work_pools/{r.one(*values.POOLS)}/queues/{r.one('q', 'fast', 'default')}"
    by_id = f"/work_queues/{r.id('queue')}"
    return r.one(
        ("GET", named, None), ("PATCH", named, r.some(values.QUEUE)), ("DELETE", named, None),
        ("GET", by_id, None), ("PATCH", by_id, r.some(values.QUEUE)), ("GET", by_id + "/status", None),
        ("POST", by_id + "/get_runs", r.one({}, {"limit": 1}, {"scheduled_before": values.SOON})),
        ("POST", by_id + "/concurrency_status", {}),
        ("GET", f"/work_queues/name/{r.one('q', 'fast', 'none')}", None),
    )  # type: ignore[no-any-return]  # fmt: skip


def _limit(r: Requests) -> Made:
    return "POST", "/v2/concurrency_limits/", {"name": r.one(*values.LIMITS), "limit": r.one(0, 1, 2, 5, -1),
                                               **r.some(values.LIMIT, 2)}  # fmt: skip


def _limit_verb(r: Requests) -> Made:
    which = r.one(r.id("limit"), r.one(*values.LIMITS))
    return r.one(
        ("GET", f"/v2/concurrency_limits/{which}", None), ("GET", f"/v2/concurrency_limits/{which}", None),
        ("PATCH", f"/v2/concurrency_limits/{which}", r.some(values.LIMIT, 2)),
        ("DELETE", f"/v2/concurrency_limits/{which}", None),
        ("POST", "/v2/concurrency_limits/filter", r.one({}, {"limit": 1}, {"offset": 1}, {"limit": 201})),
        ("POST", "/v2/concurrency_limits/increment", r.one(*values.SLOTS)),
        ("POST", "/v2/concurrency_limits/decrement", r.one(*values.SLOTS)),
        ("POST", f"/v2/concurrency_limits/leases/{r.id('lease')}/renew", r.one({}, {"lease_duration": 5})),
        ("POST", "/v2/concurrency_limits/decrement-with-lease", {"lease_id": r.id("lease")}),
    )  # type: ignore[no-any-return]  # fmt: skip


def _lease(r: Requests) -> Made:
    return "POST", "/v2/concurrency_limits/increment-with-lease", r.one(*values.SLOTS)


def _tag_limit(r: Requests) -> Made:
    return "POST", "/concurrency_limits/", {"tag": r.one("a", "b"), "concurrency_limit": r.one(0, 1, 2)}


def _tag_limit_verb(r: Requests) -> Made:
    by_id, tag = f"/concurrency_limits/{r.id('tag')}", f"/concurrency_limits/tag/{r.one('a', 'b', 'none')}"
    slot = {"names": r.one(["a"], ["a", "b"], ["none"]), "task_run_id": r.one(*values.TASK_RUNS)}
    return r.one(
        ("GET", by_id, None), ("GET", tag, None), ("DELETE", tag, None), ("DELETE", by_id, None),
        ("POST", tag + "/reset", r.one({}, {"slot_override": values.TASK_RUNS})),
        ("POST", "/concurrency_limits/filter", r.one({}, {"limit": 1})),
        ("POST", "/concurrency_limits/increment", slot), ("POST", "/concurrency_limits/increment", slot),
        ("POST", "/concurrency_limits/decrement", slot),
    )  # type: ignore[no-any-return]  # fmt: skip


def _other(r: Requests) -> Made:
    return r.one(
        ("POST", "/ui/flows/count-deployments", {"flow_ids": [r.id("flow")]}),
        ("POST", "/ui/flows/next-runs", {"flow_ids": [r.id("flow")]}),
        ("POST", "/ui/flow_runs/count-task-runs", {"flow_run_ids": [r.id("run")]}),
        ("POST", "/ui/flow_runs/history", {"sort": "ID_DESC", "limit": 5}),
        ("POST", "/ui/task_runs/count", {"deployments": {"name": {"any_": ["d"]}}}),
        ("POST", "/ui/schemas/validate", {"schema": r.one(*values.JSON_SCHEMAS), "values": r.one(*values.PARAMETERS)}),
        ("POST", "/deployments/get_scheduled_flow_runs",
         {"deployment_ids": [r.id("deployment"), r.id("deployment")], **r.some({"limit": [1, 0], "scheduled_before": [values.SOON]})}),
        ("GET", f"/collections/views/{r.one('aggregate-worker-metadata', 'none')}", None),
        ("DELETE", f"/automations/owned-by/prefect.deployment.{r.id('deployment')}", None),
    )  # type: ignore[no-any-return]  # fmt: skip


_FIRST: list[tuple[str, str, Any, str]] = [
    ("POST", "/flows/", {"name": "flow-a", "tags": ["x"]}, "flow"),
    ("POST", "/flows/", {"name": "flow-b"}, "flow"),
    ("POST", "/work_pools/", {"name": "p", "type": "process"}, "pool"),
    ("POST", "/work_pools/", {"name": "o", "type": "docker", "base_job_template": values.TEMPLATE}, "pool"),
    ("POST", "/work_pools/p/queues", {"name": "q", "priority": 1}, "queue"),
    ("POST", "/v2/concurrency_limits/", {"name": "l", "limit": 2}, "limit"),
    ("POST", "/deployments/", {"name": "d", "flow_id": "{flow0}", "work_pool_name": "p", "tags": ["x"]}, "deployment"),
    ("POST", "/deployments/", {"name": "e", "flow_id": "{flow1}"}, "deployment"),
    ("POST", "/deployments/{deployment0}/create_flow_run", {"name": "d"}, "run"),
    ("POST", "/deployments/{deployment1}/schedules", [{"schedule": values.SCHEDULES[0]}], "schedule"),
]
_MAKERS: list[tuple[str, Callable[[Requests], Made]]] = [
    *[("deployment", _deployment)] * 4, *[("", _deployment_change)] * 3, ("", _deployment_read),
    ("", _deployment_verb), *[("", _list)] * 4, *[("schedule", _schedule)] * 2, *[("", _schedule_change)] * 2,
    ("", _schedule_runs), *[("run", _run)] * 4, ("", _runs), *[("", _run_state)] * 4, *[("", _run_read)] * 2,
    *[("pool", _pool)] * 2, *[("", _pool_verb)] * 6, *[("queue", _queue)] * 2, *[("", _queue_verb)] * 3,
    *[("limit", _limit)] * 2, *[("", _limit_verb)] * 4, *[("lease", _lease)] * 2, ("tag", _tag_limit),
    *[("", _tag_limit_verb)] * 3, *[("", _other)] * 3,
]  # fmt: skip
