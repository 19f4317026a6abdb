"""Functions that make a random request each, and how often each is chosen."""

from collections.abc import Callable
from typing import Any

from tests.contract.conformance import values
from tests.contract.conformance.draw import Draw, Made


def _deployment(r: Draw) -> Made:
    body = {"name": r.one(*values.NAMES), "flow_id": r.id("flow"), **r.some(values.DEPLOYMENT, 4)}
    return "POST", "/deployments/", body


def _deployment_change(r: Draw) -> Made:
    fields = {name: choices for name, choices in values.DEPLOYMENT.items() if name != "labels"}  # only Cloud has them
    return "PATCH", f"/deployments/{r.id('deployment')}", r.some(fields, 3)


def _deployment_read(r: Draw) -> Made:
    name = f"name/{r.one('flow-a', 'flow-b', 'none')}/{r.one(*values.NAMES)}"
    part = r.one(r.id("deployment"), r.id("deployment"), name)
    return "GET", f"/deployments/{part}", None


def _deployment_verb(r: Draw) -> Made:
    method, verb = r.one(
        ("POST", "/pause_deployment"), ("POST", "/resume_deployment"), ("GET", "/schedules"),
        ("GET", "/work_queue_check"), ("DELETE", ""),
    )  # fmt: skip
    return method, f"/deployments/{r.id('deployment')}{verb}", None


def _list(r: Draw) -> Made:
    noun = r.one("deployments", "deployments", "flows", "flow_runs", "work_pools", "work_queues")
    verb = r.one("filter", "filter", "count") if noun in ("work_pools", "flows", "flow_runs") else "filter"
    if noun == "deployments":
        verb = r.one("filter", "count", "paginate")
    body: dict[str, Any] = r.some({name: values.FILTERS[name] for name in values.FILTERED[noun]}, 2)
    if verb != "count":
        body["sort"] = r.one(*values.SORTS[noun]) if noun in values.SORTS else None
        if body["sort"] is None:
            del body["sort"]
        if verb == "paginate":
            body |= r.some({"page": [1, 2], "limit": [1, 201]})
        elif noun != "flow_runs":  # with limits, lists of runs depend on their ids
            body |= r.one(*values.PAGES)
    return "POST", f"/{noun}/{verb}", body


def _schedule(r: Draw) -> Made:
    made = {"schedule": r.one(*values.SCHEDULES), **r.some(values.SCHEDULE_FIELDS)}
    return "POST", f"/deployments/{r.id('deployment')}/schedules", [made]


def _schedule_change(r: Draw) -> Made:
    path = f"/deployments/{r.id('deployment')}/schedules/{r.id('schedule')}"
    if r.random.random() < 0.3:
        return "DELETE", path, None
    return "PATCH", path, r.some({**values.SCHEDULE_FIELDS, "schedule": values.SCHEDULES})


def _schedule_runs(r: Draw) -> Made:
    return "POST", f"/deployments/{r.id('deployment')}/schedule", r.one(*values.WINDOWS)


def _run(r: Draw) -> Made:
    body = {"name": r.one(*values.NAMES), **r.some(values.RUN, 3)}
    deployment = r.one(r.id("deployment"), r.id("deployment"), "{shared0}")
    return "POST", f"/deployments/{deployment}/create_flow_run", body


def _runs(r: Draw) -> Made:
    bodies = [r.some(values.RUN, 2) for _ in range(r.random.randint(0, 3))]
    return "POST", f"/deployments/{r.id('deployment')}/create_flow_run/bulk", bodies


def _run_state(r: Draw) -> Made:
    return "POST", f"/flow_runs/{r.id('run')}/set_state", {"state": r.one(*values.STATES), "force": False}


def _run_read(r: Draw) -> Made:
    method = r.one("GET", "GET", "GET", "DELETE")
    return method, f"/flow_runs/{r.id('run')}", None


def _pool(r: Draw) -> Made:
    return "POST", "/work_pools/", {"name": r.one(*values.POOLS), **r.some(values.POOL)}


def _pool_verb(r: Draw) -> Made:
    path = f"/work_pools/{r.one(*values.POOLS)}"
    method, verb, body = r.request(
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


def _queue(r: Draw) -> Made:
    if r.random.random() < 0.3:
        return "POST", "/work_queues/", {"name": r.one("q", "fast"), **r.some(values.QUEUE)}
    body = {"name": r.one("q", "fast", "default"), **r.some(values.QUEUE)}
    return "POST", f"/work_pools/{r.one(*values.POOLS)}/queues", body


def _queue_verb(r: Draw) -> Made:
    named = f"/work_pools/{r.one(*values.POOLS)}/queues/{r.one('q', 'fast', 'default')}"
    by_id = f"/work_queues/{r.id('queue')}"
    return r.request(
        ("GET", named, None), ("PATCH", named, r.some(values.QUEUE)), ("DELETE", named, None),
        ("GET", by_id, None), ("PATCH", by_id, r.some(values.QUEUE)), ("GET", by_id + "/status", None),
        ("POST", by_id + "/get_runs", r.one({}, {"limit": 1}, {"scheduled_before": values.SOON})),
        ("POST", by_id + "/concurrency_status", {}),
        ("GET", f"/work_queues/name/{r.one('q', 'fast', 'none')}", None),
    )  # fmt: skip


def _limit(r: Draw) -> Made:
    return "POST", "/v2/concurrency_limits/", {"name": r.one(*values.LIMITS), "limit": r.one(0, 1, 2, 5, -1),
                                               **r.some(values.LIMIT, 2)}  # fmt: skip


def _limit_verb(r: Draw) -> Made:
    which = r.one(r.id("limit"), r.one(*values.LIMITS))
    return r.request(
        ("GET", f"/v2/concurrency_limits/{which}", None), ("GET", f"/v2/concurrency_limits/{which}", None),
        ("PATCH", f"/v2/concurrency_limits/{which}", r.some(values.LIMIT, 2)),
        ("DELETE", f"/v2/concurrency_limits/{which}", None),
        ("POST", "/v2/concurrency_limits/filter", r.one({}, {"limit": 0}, {"limit": 201})),
        ("POST", "/v2/concurrency_limits/increment", r.one(*values.SLOTS)),
        ("POST", "/v2/concurrency_limits/decrement", r.one(*values.SLOTS)),
        ("POST", f"/v2/concurrency_limits/leases/{r.id('lease')}/renew", r.one({}, {"lease_duration": 5})),
        ("POST", "/v2/concurrency_limits/decrement-with-lease", {"lease_id": r.id("lease")}),
    )  # fmt: skip


def _lease(r: Draw) -> Made:
    return "POST", "/v2/concurrency_limits/increment-with-lease", r.one(*values.SLOTS)


def _tag_limit(r: Draw) -> Made:
    return "POST", "/concurrency_limits/", {"tag": r.one("a", "b"), "concurrency_limit": r.one(0, 1, 2)}


def _tag_limit_verb(r: Draw) -> Made:
    by_id, tag = f"/concurrency_limits/{r.id('tag')}", f"/concurrency_limits/tag/{r.one('a', 'b', 'none')}"
    names = r.one(["a"], ["a", "b"], ["none"])
    # A second slot for the same task run is counted by the Prefect server only, so each is a new one.
    slot = {"names": names, "task_run_id": r.task_run(new=True)}
    return r.request(
        ("GET", by_id, None), ("GET", tag, None), ("DELETE", tag, None), ("DELETE", by_id, None),
        ("POST", tag + "/reset", r.one({}, {"slot_override": [r.task_run(new=True), r.task_run(new=True)]})),
        ("POST", "/concurrency_limits/filter", r.one({}, {"limit": 1})),
        ("POST", "/concurrency_limits/increment", slot), ("POST", "/concurrency_limits/increment", slot),
        ("POST", "/concurrency_limits/decrement", {"names": names, "task_run_id": r.task_run(new=False)}),
    )  # fmt: skip


def _other(r: Draw) -> Made:
    return r.request(
        ("POST", "/ui/flows/count-deployments", {"flow_ids": [r.id("flow")]}),
        ("POST", "/ui/flows/next-runs", {"flow_ids": [r.id("flow")]}),
        ("POST", "/ui/flow_runs/count-task-runs", {"flow_run_ids": [r.id("run")]}),
        ("POST", "/ui/flow_runs/history", {"sort": "EXPECTED_START_TIME_DESC"}),
        ("POST", "/ui/task_runs/count", {"deployments": {"name": {"any_": ["d"]}}}),
        ("POST", "/ui/schemas/validate", {"schema": r.one(*values.JSON_SCHEMAS), "values": r.one(*values.VALIDATED)}),
        ("POST", "/deployments/get_scheduled_flow_runs", {
            "deployment_ids": [r.id("deployment"), r.id("deployment")],
            **r.some({"limit": [0, 200], "scheduled_before": [values.SOON]}),
        }),
        ("GET", f"/collections/views/{r.one('aggregate-worker-metadata', 'none')}", None),
        ("DELETE", f"/automations/owned-by/prefect.deployment.{r.id('deployment')}", None),
    )  # fmt: skip


# The kind of row that a request makes, "" if none, and its maker.
MAKERS: list[tuple[str, Callable[[Draw], Made]]] = [
    *[("deployment", _deployment)] * 4, *[("", _deployment_change)] * 3, ("", _deployment_read),
    ("", _deployment_verb), *[("", _list)] * 4, *[("schedule", _schedule)] * 2, *[("", _schedule_change)] * 2,
    ("", _schedule_runs), *[("run", _run)] * 4, ("", _runs), *[("", _run_state)] * 4, *[("", _run_read)] * 2,
    *[("pool", _pool)] * 2, *[("", _pool_verb)] * 6, *[("queue", _queue)] * 2, *[("", _queue_verb)] * 3,
    *[("limit", _limit)] * 2, *[("", _limit_verb)] * 4, *[("lease", _lease)] * 2, ("tag", _tag_limit),
    *[("", _tag_limit_verb)] * 3, *[("", _other)] * 3,
]  # fmt: skip
