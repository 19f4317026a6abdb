"""Values of which the random requests are made: valid ones and wrong ones."""

from typing import Any

NO_ID = "5f6b6183-94bd-4d28-9ba4-ef4055c60000"
SOON = "2099-01-01T00:00:00Z"
NAMES = ["d", "e", "f", "g"]
POOLS = ["p", "p", "o", "r", "none"]
LIMITS = ["l", "m", "n"]
JSON_SCHEMAS: list[Any] = [
    {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}, "required": ["x"]},
    {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "number"}}}},
    {"type": "object", "properties": {"x": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 1}}},
    {},
]
PARAMETERS: list[Any] = [
    {}, {"x": 1}, {"x": "n"}, {"x": None, "y": "s"}, {"x": [1, "2"], "z": 0},
    {"x": {"__prefect_kind": "json", "value": "3"}},
    {"x": {"__prefect_kind": "json", "value": "{"}}, {"x": {"__prefect_kind": "none", "value": 4}},
]  # fmt: skip
# A template is refused here, so no run gets one.
VALIDATED: list[Any] = [*PARAMETERS, {"x": {"__prefect_kind": "jinja", "template": "{{ 1 + 1 }}"}}]
TEMPLATE: dict[str, Any] = {
    "job_configuration": {"cpu": "{{ cpu }}"},
    "variables": {
        "type": "object",
        "properties": {"cpu": {"type": "integer"}, "image": {"type": "string", "default": "a"}},
    },
}
SCHEDULES: list[Any] = [
    {"interval": 86400, "anchor_date": "2026-01-01T05:30:00Z"},
    {"interval": 604800, "anchor_date": "2026-01-01T05:30:00Z", "timezone": "America/New_York"},
    {"cron": "30 4 * * *", "timezone": "Europe/Berlin"},
    {"cron": "0 5 * * 1", "day_or": False},
    {"rrule": "DTSTART:20260101T060000\nRRULE:FREQ=DAILY", "timezone": "Asia/Kathmandu"},
    {"cron": "never"}, {"interval": 0}, {"cron": "0 0 * * *", "timezone": "Nowhere"}, {"rrule": "FREQ=NEVER"},
]  # fmt: skip
SCHEDULE_FIELDS: dict[str, list[Any]] = {
    "active": [True, False],
    "max_scheduled_runs": [1, 5, 0, 101, None],
    "slug": ["s", "t", "Not A Slug", None],
    "parameters": PARAMETERS,
}
WINDOWS: list[Any] = [{}, {"max_runs": 2}, {"min_runs": 2, "max_runs": 5}, {"max_runs": 0}, {"min_runs": 0},
                      {"start_time": "2099-01-01T00:00:00Z", "end_time": "2099-01-05T00:00:00Z"}]  # fmt: skip
DEPLOYMENT: dict[str, list[Any]] = {
    "paused": [True, False],
    "tags": [[], ["x"], ["y", "x"], None],
    "parameters": PARAMETERS[:5],
    "description": ["words", None],
    "version": ["1", None],
    "entrypoint": ["f.py:f", None],
    "path": ["/p", None],
    "pull_steps": [[{"s": {}}], [], None],
    "storage_document_id": [None],
    "infrastructure_document_id": [None],
    "labels": [{"a": 1, "b": "t"}, {}, None],
    "work_pool_name": ["p", "o", "none", None],
    "work_queue_name": ["q", "new", None],
    "job_variables": [{"cpu": 1}, {"cpu": "n"}, {}, {"other": 1}, None],
    "enforce_parameter_schema": [True, False],
    "parameter_openapi_schema": [*JSON_SCHEMAS, {"type": "no"}, None],
    "concurrency_limit": [1, 2, 0, None],
    "concurrency_options": [{"collision_strategy": "ENQUEUE"}, {"collision_strategy": "CANCEL_NEW"},
                            {"collision_strategy": "NO"}, {"collision_strategy": "ENQUEUE", "grace_period_seconds": 90},
                            {"collision_strategy": "ENQUEUE", "grace_period_seconds": 1}, None],
    "schedules": [[], [{"schedule": SCHEDULES[0], "slug": "s"}], [{"schedule": SCHEDULES[2], "active": False}],
                  [{"schedule": SCHEDULES[5]}], [{"schedule": SCHEDULES[0], "parameters": {"x": 1}}], None],
    "unknown": [1],
}  # fmt: skip
RUN: dict[str, list[Any]] = {
    "parameters": PARAMETERS,
    "tags": [["r"], []],
    "idempotency_key": ["k", "j"],
    "labels": [{"c": 1.5}, {}],
    "context": [{"c": 1}],
    "enforce_parameter_schema": [True, False],
    "job_variables": [{"cpu": 2}, {"cpu": "n"}, {}],
    "work_queue_name": ["q", "slow"],
    "parent_task_run_id": [None],
    "state": [{"type": "SCHEDULED"}, {"type": "PENDING", "name": "P"}, {"type": "RUNNING"}, {"type": "NO"}],
    "unknown": [1],
}
STATES: list[Any] = [
    {"type": "PENDING"}, {"type": "RUNNING"}, {"type": "COMPLETED"}, {"type": "FAILED", "message": "m"},
    {"type": "CANCELLING"}, {"type": "CANCELLED"}, {"type": "SCHEDULED"}, {"type": "CRASHED"},
    {"type": "SCHEDULED", "name": "AwaitingRetry"}, {"type": "PAUSED"}, {"type": "PENDING"}, {"type": "RUNNING"},
]  # fmt: skip
POOL: dict[str, list[Any]] = {
    "type": ["process", "docker", "none"],
    "description": ["words"],
    "is_paused": [True, False],
    "concurrency_limit": [0, 1, 5, -1],
    "base_job_template": [{}, TEMPLATE, {"variables": {}}, {**TEMPLATE, "variables": {"properties": {}}}],
    "storage_configuration": [{}, {"unknown": 1}, {"bundle_upload_step": {"s": {}}}],
    "unknown": [1],
}
_KEPT = ("type", "base_job_template", "unknown")
POOL_CHANGE = {name: [*POOL[name], None] for name in POOL if name not in _KEPT} | {"type": ["docker"]}
QUEUE: dict[str, list[Any]] = {
    "description": ["words", ""],
    "is_paused": [True, False],
    "concurrency_limit": [0, 1, -1, None],
    "priority": [1, 2, 5, 0],
    "unknown": [1],
}
POLLS: list[Any] = [{}, {"limit": 1}, {"work_queue_names": ["q"]}, {"work_queue_names": ["none"]}, {"limit": 0},
                    {"scheduled_before": SOON}, {"scheduled_before": SOON, "scheduled_after": SOON},
                    {"limit": 201}, {"scheduled_before": "2000-01-01T00:00:00Z"}]  # fmt: skip
HEARTBEATS: list[Any] = [{"name": "w"}, {"name": "w", "heartbeat_interval_seconds": 30}, {"name": "v"}, {"name": "a/b"},
                         {}, {"name": "w", "heartbeat_interval_seconds": 0}]  # fmt: skip
WORKERS: list[Any] = [{}, {"workers": {"status": {"any_": ["ONLINE"]}}},
                      {"workers": {"status": {"not_any_": ["ONLINE"]}}},
                      {"limit": 1}, {"offset": 1},
                      {"workers": {"last_heartbeat_time": {"before_": "2000-01-01T00:00:00Z"}}}]  # fmt: skip
LIMIT: dict[str, list[Any]] = {
    "name": ["m", "n", "o/x", ""],
    "limit": [0, 1, 3, -1, None],
    "active": [True, False],
    "active_slots": [0, 1, 2],
    "denied_slots": [0, 3],
    "slot_decay_per_second": [0, 0.00001, -1],
    "unknown": [1],
}
SLOTS: list[Any] = [
    {"names": ["l"], "slots": 1}, {"names": ["l", "m"], "slots": 1}, {"names": ["none"], "slots": 1},
    {"names": ["m"], "slots": 2}, {"names": ["l"], "slots": 0}, {"names": [], "slots": 1}, {"slots": 1},
    {"names": ["n"], "slots": 1, "mode": "rate_limit"}, {"names": ["n"], "slots": 1, "mode": "no"},
    {"names": ["l"], "slots": 99},
]  # fmt: skip
PAGES: list[Any] = [{}, {"limit": 1}, {"limit": 3, "offset": 1}, {"limit": 0}, {"limit": 201}, {"offset": -1}]
SORTS = {
    "deployments": ["CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC", "NO"],
    "flows": ["NAME_ASC", "NAME_DESC"],
    "flow_runs": ["START_TIME_ASC", "NAME_ASC"],
}
FILTERS: dict[str, list[Any]] = {
    "deployments": [
        {"name": {"any_": ["d", "e"]}}, {"name": {"like_": "d"}}, {"paused": {"eq_": True}}, {"tags": {"all_": ["x"]}},
        {"tags": {"is_null_": True}}, {"tags": {"any_": ["y"]}}, {"work_queue_name": {"any_": ["q"]}},
        {"concurrency_limit": {"ge_": 1}}, {"concurrency_limit": {"is_null_": True}}, {"id": {"any_": [NO_ID]}},
        {"operator": "or_", "name": {"any_": ["d"]}, "paused": {"eq_": True}}, {"unknown": 1},
        {"flow_or_deployment_name": {"like_": "flow-b"}},
    ],
    "flows": [{"name": {"any_": ["flow-a"]}}, {"deployment": {"is_null_": True}}, {"tags": {"all_": ["x"]}}],
    "flow_runs": [
        {"state": {"type": {"any_": ["SCHEDULED"]}}}, {"name": {"any_": ["d"]}}, {"work_queue_name": {"any_": ["q"]}},
        {"deployment_id": {"is_null_": True}}, {"idempotency_key": {"any_": ["k"]}}, {"tags": {"all_": ["r"]}},
    ],
    "work_pools": [{"name": {"any_": ["p"]}}, {"type": {"any_": ["docker"]}}, {"id": {"any_": [NO_ID]}}],
    "work_queues": [{"name": {"any_": ["default"]}}, {"name": {"startswith_": ["q", "D"]}}],
    "work_pool_queues": [{"name": {"any_": ["q"]}}],
}  # fmt: skip
FILTERED = {
    "deployments": ["deployments", "flows", "flow_runs", "work_pools", "work_pool_queues"],
    "flows": ["deployments", "flows", "flow_runs", "work_pools"],
    "flow_runs": ["deployments", "flows", "flow_runs", "work_pools", "work_pool_queues"],
    "work_pools": ["work_pools"],
    "work_queues": ["work_queues"],
}
