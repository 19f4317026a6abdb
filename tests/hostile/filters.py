"""Filters that attack. Add a list to `LISTS`, a pattern to `PATTERNS`, or anything else to `OTHERS`.

An address begins with `/` below a workspace, with `@/` below an account, and with `/api` otherwise.
"""

import json
from collections.abc import Iterator
from typing import Any

from core.rest.shapes import FILTER_BYTES, MOST_TAGS, MOST_VALUES
from workspaces.filters.work_pools import MOST_STARTS

Attack = tuple[str, str, bytes, int]

UUID = "5f6b6183-94bd-4d28-9ba4-ef4055c6{:04x}"
RUNS = (
    *(f"/flow_runs/{name}" for name in ("filter", "count", "paginate", "lateness", "bulk_delete")),
    *(f"/task_runs/{name}" for name in ("filter", "count")),
    *(f"/flows/{name}" for name in ("filter", "count", "paginate", "bulk_delete")),
    *(f"/deployments/{name}" for name in ("filter", "count", "paginate", "bulk_delete")),
)
_YEAR = {"history_start": "2026-01-01T00:00:00Z", "history_end": "2026-12-31T00:00:00Z"}

# Address, path of the list inside the body, one value, the most values.
LISTS: list[tuple[str, str, str, int]] = [
    *(("/flow_runs/filter", f"flow_runs.{path}", UUID, MOST_VALUES) for path in (
        "id.any_", "id.not_any_", "deployment_id.any_", "parent_flow_run_id.any_", "parent_task_run_id.any_",
        "created_by.id_")),
    *(("/flow_runs/filter", f"flow_runs.{path}", "{}", MOST_VALUES) for path in (
        "name.any_", "work_queue_name.any_", "state.name.any_", "state.name.not_any_", "flow_version.any_",
        "flow_version.not_any_", "idempotency_key.any_", "created_by.type_")),
    *(("/flow_runs/filter", f"flow_runs.state.type.{name}", "RUNNING", MOST_VALUES) for name in ("any_", "not_any_")),
    *((address, f"{noun}.tags.{name}", "{}", MOST_TAGS) for address, noun, name in (
        ("/flow_runs/filter", "flow_runs", "any_"), ("/flow_runs/filter", "flow_runs", "all_"),
        ("/task_runs/filter", "task_runs", "all_"), ("/flows/filter", "flows", "all_"))),
    *(("/task_runs/filter", f"task_runs.{path}", UUID, MOST_VALUES) for path in ("id.any_", "flow_run_id.any_")),
    ("/task_runs/filter", "task_runs.name.any_", "{}", MOST_VALUES),
    ("/flows/filter", "flows.id.any_", UUID, MOST_VALUES),
    ("/flows/filter", "flows.name.any_", "{}", MOST_VALUES),
    *(("/deployments/filter", f"deployments.id.{name}", UUID, MOST_VALUES) for name in ("any_", "not_any_")),
    *(("/deployments/filter", f"deployments.{path}", "{}", MOST_VALUES) for path in (
        "name.any_", "work_queue_name.any_")),
    *(("/deployments/count", f"deployments.tags.{name}", "{}", MOST_TAGS) for name in ("any_", "all_")),
    ("/deployments/my-access", "deployment_ids", UUID, MOST_VALUES),
    ("/variables/filter", "variables.id.any_", UUID, MOST_VALUES),
    *(("/variables/filter", f"variables.{path}", "{}", MOST_VALUES) for path in ("name.any_", "value.any_")),
    ("/variables/count", "variables.tags.all_", "{}", MOST_TAGS),
    *(("/work_pools/filter", f"work_pools.{path}", "{}", MOST_VALUES) for path in ("name.any_", "type.any_")),
    ("/work_pools/count", "work_pools.id.any_", UUID, MOST_VALUES),
    ("/work_pools/my-access", "work_pool_ids", UUID, MOST_VALUES),
    ("/work_pools/my-access", "work_pool_names", "{}", MOST_VALUES),
    ("/work_queues/filter", "work_queues.id.any_", UUID, MOST_VALUES),
    ("/work_queues/filter", "work_queues.name.any_", "{}", MOST_VALUES),
    ("/work_queues/filter", "work_queues.name.startswith_", "{}", MOST_STARTS),
    ("/ui/work_pools/count-flow-runs", "work_pool_ids", UUID, 200),
    ("/deployments/get_scheduled_flow_runs", "deployment_ids", UUID, MOST_VALUES),
    *(("/logs/filter", f"logs.{path}", UUID, MOST_VALUES) for path in ("flow_run_id.any_", "task_run_id.any_")),
    *((address, "flow_runs.id.any_", UUID, MOST_VALUES) for address in RUNS),
    ("@/workspaces/filter", "workspaces.id.any_", UUID, MOST_VALUES),
    ("@/events/filter", "filter.scope.workspace", UUID, MOST_VALUES),
    ("@/workspaces/filter", "workspaces.handle.any_", "{}", MOST_VALUES),
    ("@/account_memberships/filter", "account_memberships.user_id.any_", UUID, MOST_VALUES),
    ("@/bots/filter", "service_accounts.name.any_", "{}", MOST_VALUES),
    ("@/teams/filter", "teams.name.any_", "{}", MOST_VALUES),
    ("@/invitations/filter", "invitations.email.any_", "{}", MOST_VALUES),
    ("/api/me/api_keys/filter", "api_keys.name.any_", "{}", MOST_VALUES),
    ("/api/me/sessions/filter", "filter.ip_address.any_", "{}", MOST_VALUES),
]  # fmt: skip

# Address, path of the pattern inside the body.
PATTERNS = [
    ("/flow_runs/filter", "flow_runs.name.like_"),
    ("/flow_runs/count", "flows.name.like_"),
    ("/task_runs/filter", "task_runs.name.like_"),
    ("/flows/filter", "flows.name.like_"),
    ("/deployments/filter", "deployments.name.like_"),
    ("/deployments/filter", "deployments.flow_or_deployment_name.like_"),
    ("/variables/filter", "variables.name.like_"),
    ("/variables/count", "variables.value.like_"),
    ("@/bots/filter", "service_accounts.name.like_"),
    ("@/teams/filter", "teams.name.like_"),
    ("@/invitations/filter", "invitations.email.like_"),
    ("@/invitations/count", "invitations.email.like_"),
    ("/api/me/api_keys/filter", "api_keys.name.like_"),
    ("/api/me/sessions/filter", "filter.ip_address.like_"),
]
_REFUSED_PATTERNS = ("%" * 21, "%a" * 21, "a" * 251, "%_" * 200, "a%" * 50_000)
_SLOW_PATTERNS = ("%a" * 20, "%_" * 20 + "b", "_" * 250, "%" + "a" * 200 + "b%", "\\", "%\\", "%\\%", "[a-", "(a+)+$")


def body(path: str, value: Any) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    made: dict[str, Any] = value
    return made


def _raw(data: Any) -> bytes:
    return json.dumps(data).encode()


def lists() -> Iterator[Attack]:
    for number, (address, path, value, most) in enumerate(LISTS):
        for count, expected in ((200 if most > 200 else most, 200), (most, 200), (most + 1, 422), (3_000, 422)):
            values = [value.format(n) for n in range(count)]
            yield f"{count} of {path} at {address} ({number})", address, _raw(body(path, values)), expected


def patterns() -> Iterator[Attack]:
    for address, path in PATTERNS:
        for pattern in _REFUSED_PATTERNS:
            yield f"{pattern[:8]} x {len(pattern)} in {path} at {address}", address, _raw(body(path, pattern)), 422
        for pattern in _SLOW_PATTERNS:
            yield f"{pattern[:8]} x {len(pattern)} for {path} at {address}", address, _raw(body(path, pattern)), 200


def others() -> Iterator[Attack]:
    one_hash = [f"{number * (2**61 - 1) + 7:032x}" for number in range(MOST_VALUES)]
    yield "ids of one hash", "/flow_runs/count", _raw(body("flow_runs.id.any_", one_hash)), 200
    yield "excluded ids of one hash", "/flow_runs/count", _raw(body("flow_runs.id.not_any_", one_hash)), 200
    everything = {
        noun: {"id": {"any_": [UUID.format(n) for n in range(MOST_VALUES)]}}
        for noun in ("flows", "flow_runs", "task_runs")
    }
    yield "a thousand of each", "/flow_runs/filter", _raw(everything), 200
    for address in (*RUNS, "/logs/filter", "@/workspaces/filter", "@/events/filter", "/api/me/api_keys/filter"):
        yield f"a large filter at {address}", address, b'{"x":"' + b"x" * FILTER_BYTES + b'"}', 413
        yield f"a deep filter at {address}", address, b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 422
    for noun in ("deployments", "work_pools", "work_queues", "work_pool_queues"):
        yield (
            f"deep {noun}",
            "/flow_runs/filter",
            b'{"%s":' % noun.encode() + b'{"a":' * 15_000 + b"1" + b"}" * 15_000 + b"}",
            422,
        )
        yield f"wide {noun}", "/flow_runs/count", _raw({noun: [[]] * 30_000}), 422
    for count, expected in ((MOST_VALUES, 200), (MOST_VALUES + 1, 422)):
        names = [f"name {number}" for number in range(count)]
        for verb in ("increment", "increment-with-lease", "decrement"):
            address = f"/v2/concurrency_limits/{verb}"
            yield f"{count} names at {address}", address, _raw({"slots": 1, "names": names}), expected
        for verb in ("increment", "decrement"):
            address = f"/concurrency_limits/{verb}"
            yield f"{count} tags at {address}", address, _raw({"task_run_id": UUID.format(1), "names": names}), expected
    for seconds, expected in ((1, 200), (0.001, 422), (1e-300, 422), (-1, 422), (1e300, 422)):
        yield (
            f"history of {seconds}",
            "/flow_runs/history",
            _raw({**_YEAR, "history_interval_seconds": seconds}),
            expected,
        )
    ages = {
        "history_start": "0001-01-01T00:00:00Z",
        "history_end": "9999-01-01T00:00:00Z",
        "history_interval_seconds": 1,
    }
    yield "history of all ages", "/flow_runs/history", _raw(ages), 200
    for text in (
        '"',
        '"\\',
        '"a' * 60,
        "-" * 200,
        '-"' * 100,
        "a " * 100,
        "+a -b " * 33,
        '\\"' * 100,
        "%" * 200,
        '"" ' * 60,
    ):
        yield f"search for {text[:6]!r} x {len(text)}", "/logs/filter", _raw(body("logs.text.query", text)), 200
    yield "a long search", "/logs/filter", _raw(body("logs.text.query", "a" * 201)), 422
    yield "a large number", "/api/me/sessions/filter", _raw(body("filter.expires_at.before_", 10**30)), 200
    yield "a large negative number", "/api/me/sessions/filter", _raw(body("filter.expires_at.after_", -(10**18))), 200
    yield "prefix of inputs", f"/flow_runs/{UUID.format(1)}/input/filter", _raw({"prefix": "%" * 1_025}), 422
    yield (
        "excluded keys",
        f"/flow_runs/{UUID.format(1)}/input/filter",
        _raw({"prefix": "", "exclude_keys": ["x"] * 1_001}),
        422,
    )
    yield (
        "excluded a thousand keys",
        f"/flow_runs/{UUID.format(1)}/input/filter",
        _raw({"prefix": "", "exclude_keys": ["x"] * 1_000}),
        200,
    )


FILTERS = [attack for generator in (lists, patterns, others) for attack in generator()]
