"""Random requests about deployments, work pools and concurrency limits, the same for each server."""

from dataclasses import dataclass
from typing import Any

from tests.contract.conformance import values
from tests.contract.conformance.draw import Draw
from tests.contract.conformance.makers import MAKERS


@dataclass(frozen=True)
class Step:
    """A request. A label in braces in its path or body stands for the id that the request with this label got."""

    method: str
    path: str
    body: Any
    label: str


def steps(seed: int, count: int) -> list[Step]:
    """Return the requests of this seed: first those that fill the workspace, then random ones."""
    draw = Draw(seed)
    made = [_labelled(draw, *request) for request in _FIRST]
    while len(made) < count:
        kind, make = draw.random.choice(MAKERS)
        made.append(_labelled(draw, *make(draw), kind))
    return made


def _labelled(draw: Draw, method: str, path: str, body: Any, kind: str) -> Step:
    if not kind:
        return Step(method, path, body, "")
    labels = draw.labels.setdefault(kind, [])
    labels.append(f"{kind}{len(labels)}")
    return Step(method, path, body, labels[-1])


_FIRST: list[tuple[str, str, Any, str]] = [
    ("POST", "/flows/", {"name": "flow-a", "tags": ["x"]}, "flow"),
    ("POST", "/flows/", {"name": "flow-b"}, "flow"),
    ("POST", "/work_pools/", {"name": "p", "type": "process"}, "pool"),
    ("POST", "/work_pools/", {"name": "o", "type": "docker", "base_job_template": values.TEMPLATE}, "pool"),
    ("POST", "/work_pools/p/queues", {"name": "q", "priority": 1}, "queue"),
    ("POST", "/v2/concurrency_limits/", {"name": "l", "limit": 2}, "limit"),
    ("POST", "/deployments/", {"name": "d", "flow_id": "{flow0}", "work_pool_name": "p", "tags": ["x"]}, "deployment"),
    ("POST", "/deployments/", {"name": "e", "flow_id": "{flow1}"}, "deployment"),
    ("POST", "/deployments/", {"name": "s", "flow_id": "{flow1}", "global_concurrency_limit_id": "{limit0}",
     "concurrency_options": {"collision_strategy": "CANCEL_NEW"}}, "shared"),
    ("POST", "/deployments/{deployment0}/create_flow_run", {"name": "d"}, "run"),
    ("POST", "/deployments/{deployment1}/schedules", [{"schedule": values.SCHEDULES[0]}], "schedule"),
]  # fmt: skip
