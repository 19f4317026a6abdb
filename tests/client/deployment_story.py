"""What a program does with deployments: the same calls for every server, and what each of them answered.

`{name}` in a path or body is the id that an earlier step, which is marked with `name`, got.
"""

import json
import re
from collections.abc import Callable
from typing import Any

Call = Callable[[str, str, Any], tuple[int, Any]]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)")
_NO_ID = "5f6b6183-94bd-4d28-9ba4-ef4055c60000"
_CLOUDS = {"version_id", "version_info", "disabled"}
_SAID_OTHERWISE = {"ctx", "input", "loc"}  # the places of errors in unions and of validators differ
_WHO = {"created_by", "updated_by"}  # the reference has no users
_BY_CHANCE = {"estimated_start_time_delta"}

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}, "required": ["x"]}
TEMPLATE = {
    "job_configuration": {"cpu": "{{ cpu }}"},
    "variables": {
        "type": "object",
        "properties": {"cpu": {"type": "integer"}, "image": {"type": "string", "default": "a"}},
        "required": ["cpu"],
    },
}
CRON = {"cron": "0 6 * * *", "timezone": "Europe/Berlin"}
DAILY = {"interval": 86400, "anchor_date": "2026-01-01T00:00:00Z"}
_NEW: dict[str, Any] = {"name": "a", "flow_id": "{flow}"}
_VARIABLE = {"__prefect_kind": "workspace_variable", "variable_name": "none"}
_ENFORCED = {"parameter_openapi_schema": SCHEMA, "enforce_parameter_schema": True}

STEPS: list[tuple[str, str, str, Any]] = [
    ("flow", "POST", "/flows/", {"name": "story-flow", "labels": {"team": "t"}}),
    ("pool", "POST", "/work_pools/", {"name": "story-pool", "type": "process", "base_job_template": TEMPLATE}),
    ("a", "POST", "/deployments/", {**_NEW, "tags": ["t"], "parameters": {"x": 1}, "labels": {"l": 1},
      "schedules": [{"schedule": CRON, "slug": "c"}]}),
    ("", "GET", "/deployments/{a}", None),
    ("", "GET", "/deployments/name/story-flow/a", None),
    ("", "GET", "/deployments/name/story-flow/none", None),
    ("", "GET", f"/deployments/{_NO_ID}", None),
    ("", "POST", "/deployments/", {**_NEW, "description": "again", "labels": {"m": 2}}),
    ("", "POST", "/deployments/", {**_NEW, "flow_id": _NO_ID}),
    ("", "POST", "/deployments/", {**_NEW, "unknown": 1}),
    ("", "POST", "/deployments/", {**_NEW, "work_pool_name": "none"}),
    ("", "POST", "/deployments/", {**_NEW, "concurrency_limit": 1, "global_concurrency_limit_id": "{limit}"}),
    ("", "POST", "/deployments/", {**_NEW, "global_concurrency_limit_id": _NO_ID}),
    ("", "POST", "/deployments/", {**_NEW, "schedules": [{"schedule": {"cron": "never"}}]}),
    ("", "POST", "/deployments/", {**_NEW, "schedules": [{"schedule": CRON, "max_scheduled_runs": 0}]}),
    ("", "POST", "/deployments/", {**_NEW, **_ENFORCED, "parameters": {"x": "n"}}),
    ("", "POST", "/deployments/", {**_NEW, **_ENFORCED, "parameter_openapi_schema": {"type": "no"}}),
    ("", "POST", "/deployments/", {**_NEW, "concurrency_options": {"collision_strategy": "NO"}}),
    ("p", "POST", "/deployments/", {**_NEW, "name": "p", "work_pool_name": "story-pool", "work_queue_name": "fast",
      "job_variables": {"image": "b"}, "version": "1"}),
    ("", "POST", "/deployments/", {**_NEW, "name": "p", "work_pool_name": "story-pool",
      "job_variables": {"cpu": "n"}}),
    ("e", "POST", "/deployments/", {**_NEW, **_ENFORCED, "name": "e", "parameters": {"y": "d"},
      "global_concurrency_limit_id": "{limit}", "concurrency_options": {"collision_strategy": "CANCEL_NEW"}}),
    ("o", "POST", "/deployments/", {**_NEW, "name": "o", "concurrency_limit": 3, "paused": True}),
    ("", "POST", "/deployments/filter", {"sort": "NAME_ASC"}),
    ("", "POST", "/deployments/filter", {"deployments": {"paused": {"eq_": True}}, "limit": 1}),
    ("", "POST", "/deployments/filter", {"limit": 201}),
    ("", "POST", "/deployments/count", {"deployments": {"tags": {"all_": ["t"]}}}),
    ("", "POST", "/deployments/paginate", {"limit": 2, "page": 2, "sort": "NAME_DESC"}),
    ("", "POST", "/deployments/count", {"work_pools": {"name": {"any_": ["story-pool"]}}}),
    ("", "PATCH", f"/deployments/{_NO_ID}", {}),
    ("", "PATCH", "/deployments/{a}", {"description": None, "tags": ["u"], "paused": True}),
    ("", "PATCH", "/deployments/{a}", {"unknown": 1}),
    ("", "PATCH", "/deployments/{a}", {"work_pool_name": "story-pool", "job_variables": {"image": 1}}),
    ("", "PATCH", "/deployments/{a}", {"work_pool_name": "story-pool"}),
    ("", "GET", "/deployments/{a}", None),
    ("", "PATCH", "/deployments/{a}", {"work_pool_name": None}),
    ("", "PATCH", "/deployments/{e}", {"parameters": {"x": "n"}}),
    ("", "PATCH", "/deployments/{e}", {"parameters": {"x": 4, "y": None}}),
    ("", "PATCH", "/deployments/{e}", {"global_concurrency_limit_id": _NO_ID}),
    ("", "PATCH", "/deployments/{e}", {"parameters": {"x": {"__prefect_kind": "json", "value": "{"}}}),
    ("", "PATCH", "/deployments/{e}", {"parameters": {"x": {"__prefect_kind": "json", "value": "5"}}}),
    ("", "GET", "/deployments/{e}", None),
    ("", "PATCH", "/deployments/{o}", {"concurrency_limit": 4}),
    ("", "GET", "/deployments/{o}", None),
    ("", "PATCH", "/deployments/{o}", {"concurrency_limit": None}),
    ("", "GET", "/deployments/{o}", None),
    ("s", "POST", "/deployments/{a}/schedules", [{"schedule": DAILY, "slug": "d", "max_scheduled_runs": 4}]),
    ("", "POST", f"/deployments/{_NO_ID}/schedules", [{"schedule": DAILY}]),
    ("", "GET", "/deployments/{a}/schedules", None),
    ("", "GET", f"/deployments/{_NO_ID}/schedules", None),
    ("", "PATCH", "/deployments/{a}/schedules/{s}", {"active": False}),
    ("", "PATCH", f"/deployments/{{a}}/schedules/{_NO_ID}", {"active": False}),
    ("", "PATCH", "/deployments/{a}", {"schedules": [{"slug": "n", "replaces": "d", "schedule": CRON}]}),
    ("", "GET", "/deployments/{a}/schedules", None),
    ("", "DELETE", "/deployments/{a}/schedules/{s}", None),
    ("", "DELETE", "/deployments/{a}/schedules/{s}", None),
    ("", "POST", "/deployments/{a}/pause_deployment", None),
    ("", "POST", "/deployments/{a}/resume_deployment", None),
    ("", "POST", f"/deployments/{_NO_ID}/resume_deployment", None),
    ("r", "POST", "/deployments/{a}/create_flow_run", {"name": "r", "parameters": {"z": 1}, "tags": ["r"],
      "idempotency_key": "k", "labels": {"l": 2}}),
    ("", "POST", "/deployments/{a}/create_flow_run", {"name": "s", "idempotency_key": "k"}),
    ("", "POST", "/deployments/{a}/create_flow_run", {"name": "r", "state": {"type": "PENDING", "name": "P"}}),
    ("", "POST", f"/deployments/{_NO_ID}/create_flow_run", {}),
    ("", "POST", "/deployments/{a}/create_flow_run", {"work_queue_name": "fast"}),
    ("", "POST", "/deployments/{p}/create_flow_run", {}),
    ("", "POST", "/deployments/{p}/create_flow_run", {"name": "r", "job_variables": {"cpu": 1},
      "work_queue_name": "slow"}),
    ("", "POST", "/deployments/{e}/create_flow_run", {"parameters": {"x": None}}),
    ("", "POST", "/deployments/{e}/create_flow_run", {"name": "r", "parameters": {"x": 1}}),
    ("", "POST", "/deployments/{e}/create_flow_run", {"parameters": {"x": _VARIABLE}}),
    ("", "POST", "/deployments/{e}/create_flow_run/bulk", [{"parameters": {"x": 1}}, {"parameters": {"x": "n"}}]),
    ("", "POST", "/deployments/{e}/create_flow_run/bulk", [{}] * 101),
    ("", "GET", "/deployments/{p}/work_queue_check", None),
    ("", "DELETE", "/automations/owned-by/prefect.deployment.{a}", None),
    ("", "POST", "/ui/flows/count-deployments", {"flow_ids": ["{flow}"]}),
    ("", "POST", "/ui/schemas/validate", {"schema": SCHEMA, "values": {"x": "n", "y": [1]}}),
    ("", "POST", "/ui/schemas/validate", {"schema": SCHEMA, "values": {}}),
    ("", "DELETE", "/deployments/{e}", None),
    ("", "DELETE", "/deployments/{e}", None),
    ("", "POST", "/deployments/bulk_delete", {"deployments": {"name": {"any_": ["o"]}}}),
    ("", "POST", "/deployments/count", {}),
    ("", "GET", "/flow_runs/{r}", None),
]  # fmt: skip


def answers(call: Call, **ids: str) -> list[tuple[str, int, Any]]:
    """Do the steps, and return each with its answer, in which ids and times are replaced by words.

    `ids` has those of what was made before: `limit`, a concurrency limit.
    """
    told = []
    for name, method, path, body in STEPS:
        status, answer = call(method, _filled(path, ids), _filled(body, ids))
        if name:
            ids[name] = (answer[0] if isinstance(answer, list) else answer)["id"]
        told.append((f"{method} {path} {json.dumps(body)[:200]}", status, _without_chance(answer)))
    return told


def _filled(value: Any, ids: dict[str, str]) -> Any:
    """Put the ids in place of their names."""
    if isinstance(value, str):
        for name, row_id in ids.items():
            value = value.replace(f"{{{name}}}", row_id)
        return value
    if isinstance(value, dict):
        return {key: _filled(part, ids) for key, part in value.items()}
    return [_filled(part, ids) for part in value] if isinstance(value, list) else value


def _without_chance(value: Any) -> Any:
    if isinstance(value, dict):
        if "exception_detail" in value:
            return "an invalid body"
        kept = value.keys() - _CLOUDS - _WHO - _BY_CHANCE - _SAID_OTHERWISE
        return {
            _UUID.sub("ID", key): _without_chance(sorted(value[key]) if key == "tags" else value[key])
            for key in sorted(kept)
        }
    if isinstance(value, list):
        return [_without_chance(part) for part in value]
    return _TIME.sub("TIME", _UUID.sub("ID", value)) if isinstance(value, str) else value
