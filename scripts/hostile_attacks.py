"""The attacks of `hostile_tenant.py`. Each prepares its bodies and returns a step to repeat."""

import contextlib
import itertools
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

SLOW_TO_MATCH = "a" * 28 + "!"
SCHEMAS: list[dict[str, Any]] = [
    {"properties": {"x": {"pattern": "^(a+)+$"}}},
    {"properties": {"x": {"pattern": "^(a|a)*$"}}},
    {"properties": {"x": {"$ref": "http://127.0.0.1:9/schema.json"}}},
    {"properties": {"x": {"$ref": "file:///etc/passwd"}}},
    {"$ref": "#/$defs/d20", "$defs": {"d0": {"type": "object"}, **{
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n - 1}"}] * 2} for n in range(1, 21)}}},
    {"properties": {f"p{n}": {"pattern": f"^(b{n}+)+$"} for n in range(5_000)}},
]  # fmt: skip


class Tenant:
    """The attacker: the API and key of its workspace, and the number of responses by attack."""

    def __init__(self, api_url: str, key: str, until: float) -> None:
        self.api_url, self.key, self.until = api_url, key, until
        self.parts = urlsplit(api_url)
        self.results: dict[str, Counter[str]] = {}
        self._connections = threading.local()

    def count(self, attack: str, result: object) -> None:
        """Count a response to an attack."""
        self.results.setdefault(attack, Counter())[str(result)] += 1

    def send(self, method: str, path: str, body: bytes = b"{}", *, key: str | None = None) -> tuple[int, bytes]:
        """Send a request over the connection of this thread. Returns the status and the body."""
        connection = getattr(self._connections, "connection", None)
        if connection is None:
            connection = HTTPConnection(self.parts.hostname or "", self.parts.port, timeout=60)
            self._connections.connection = connection
        headers = {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json"}
        try:
            connection.request(method, self.parts.path + path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):
            connection.close()
            raise

    def post(self, path: str, data: Any) -> Any:
        """Post JSON and return the JSON of the response."""
        return json.loads(self.send("POST", path, json.dumps(data).encode())[1] or b"null")

    @contextlib.contextmanager
    def socket(self, path: str, filter: dict[str, Any] | None = None) -> Iterator[ClientConnection]:
        """Open a websocket, and send a filter if there is one."""
        url, headers = self.api_url.replace("http", "ws", 1) + path, {"Authorization": f"Bearer {self.key}"}
        with connect(url, additional_headers=headers, max_size=None, open_timeout=30) as socket:
            if filter is not None:
                socket.send(json.dumps({"type": "filter", "filter": filter}))
            yield socket


def schemas(tenant: Tenant) -> Callable[[], object]:
    """Resume paused runs with inputs that take very long to validate against their hostile schemas."""
    flow = tenant.post("/flows/", {"name": "hostile"})["id"]
    runs = []
    for schema in SCHEMAS:
        run = tenant.post("/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}})["id"]
        keys = {"schema": "schema", "response": "response", "description": "description"}
        paused = {"type": "PAUSED", "state_details": {"run_input_keyset": keys}}
        tenant.post(f"/flow_runs/{run}/set_state", {"state": paused})
        tenant.post(f"/flow_runs/{run}/input", {"key": "schema", "value": json.dumps(schema)})
        runs.append(run)
    body = json.dumps({"run_input": {"x": SLOW_TO_MATCH, **{f"p{n}": SLOW_TO_MATCH for n in range(50)}}}).encode()
    turns = itertools.count()
    return lambda: tenant.send("POST", f"/flow_runs/{runs[next(turns) % len(runs)]}/resume", body)[0]


def filters(tenant: Tenant) -> Callable[[], object]:
    """Send filters with tens of thousands of values, deep nesting and patterns, and the largest that are accepted."""
    ids = [str(uuid.uuid4()) for _ in range(45_000)]
    nested: dict[str, Any] = {"any_": ["x"]}
    bodies = [
        ("/flow_runs/filter", {"flow_runs": {"id": {"any_": ids}}}),
        ("/flow_runs/count", {"flow_runs": {"id": {"not_any_": ids}}}),
        ("/logs/filter", {"logs": {"flow_run_id": {"any_": ids}}}),
        ("/flow_runs/filter", {"flow_runs": {"tags": {"all_": [f"t{n}" for n in range(20_000)]}}}),
        ("/flow_runs/filter", {"flow_runs": {"name": {"any_": ["%" * 2_000] * 1_500}}}),
        ("/flows/filter", {"flows": {"name": {"like_": "%a" * 100_000}, "tags": nested}}),
        ("/flow_runs/filter", {"flow_runs": {"unknown": [[[[["x"] * 50] * 50] * 20] * 5] * 2}}),
        (
            "/flow_runs/filter",
            {"flow_runs": {"id": {"any_": ids[:1_000]}, "parent_flow_run_id": {"any_": ids[:1_000]}}},
        ),
        ("/flow_runs/count", {"flow_runs": {"name": {"like_": "%a" * 20}, "id": {"not_any_": ids[:1_000]}}}),
        ("/logs/filter", {"logs": {"flow_run_id": {"any_": ids[:1_000]}}, "limit": 200}),
    ]
    prepared = [(path, json.dumps(body).encode()) for path, body in bodies]
    turns = itertools.count()

    def step() -> object:
        path, body = prepared[next(turns) % len(prepared)]
        return tenant.send("POST", path, body)[0]

    return step


def subscriptions(tenant: Tenant) -> Callable[[], object]:
    """Subscribe with 33,000 patterns or 45,000 ids, or with as many as are accepted, while 200 log lines arrive."""
    ids = [str(uuid.uuid4()) for _ in range(45_000)]
    filters = [
        ("/events/out", {"event": {"prefix": [f"hostile.{n}.*" for n in range(33_000)]}}),
        ("/logs/out", {"flow_run_id": {"any_": ids}}),
        ("/events/out", {"event": {"prefix": [f"hostile.{n}.*" for n in range(900)]}}),
        ("/logs/out", {"flow_run_id": {"any_": ids[:900]}}),
    ]
    line = {"name": "n", "level": 20, "message": "m", "timestamp": datetime.now(UTC).isoformat()}
    logs = json.dumps([{**line, "flow_run_id": str(uuid.uuid4())}] * 200).encode()
    turns = itertools.count()

    def step() -> object:
        path, filter = filters[next(turns) % len(filters)]
        with tenant.socket(path, filter) as socket:
            tenant.send("POST", "/logs/", logs)
            try:
                socket.recv(timeout=1)
            except TimeoutError:
                return "open"
        return "answered"

    return step


def frames(tenant: Tenant) -> Callable[[], object]:
    """Fill `events/in` with frames of 1.5 MB and with small ones."""
    event = {
        "occurred": datetime.now(UTC).isoformat(),
        "event": "hostile.flood",
        "resource": {"prefect.resource.id": "hostile"},
    }
    large = json.dumps({**event, "id": str(uuid.uuid4()), "payload": {"x": [{"k": "v" * 20}] * 45_000}})
    small = [json.dumps({**event, "id": str(uuid.uuid4()), "payload": {}}) for _ in range(100)]
    sockets = threading.local()

    def step() -> object:
        if getattr(sockets, "socket", None) is None:
            sockets.stack = contextlib.ExitStack()
            sockets.socket = sockets.stack.enter_context(tenant.socket("/events/in"))
        try:
            sockets.socket.send(large)
            for frame in small:
                sockets.socket.send(frame)
        except ConnectionClosed:
            sockets.socket = None
            sockets.stack.close()
            raise
        return "101 frames taken"

    return step


def bodies(tenant: Tenant) -> Callable[[], object]:
    """Send the largest bodies: 20,000 log lines, half a megabyte of parameters, and 2 MB of nested lists."""
    flow = tenant.post("/flows/", {"name": "hostile"})["id"]
    line = {"name": "n", "level": 20, "message": "m" * 100, "timestamp": datetime.now(UTC).isoformat()}
    prepared = [
        ("/logs/", json.dumps([line] * 20_000).encode()),
        ("/flow_runs/", json.dumps({"flow_id": flow, "parameters": {"x": [{"k": "v" * 20}] * 15_000}}).encode()),
        ("/flow_runs/", b"[" * 2_000_000),
    ]
    turns = itertools.count()

    def step() -> object:
        path, body = prepared[next(turns) % len(prepared)]
        return tenant.send("POST", path, body)[0]

    return step


def requests(tenant: Tenant) -> Callable[[], object]:
    """Send many cheap requests."""
    return lambda: tenant.send("POST", "/flow_runs/count")[0]


def nothing(tenant: Tenant) -> Callable[[], object]:
    """Do nothing, to show how much the figures vary by themselves."""
    return lambda: "idle"


def wrong_keys(tenant: Tenant) -> Callable[[], object]:
    """Send requests with keys that do not exist."""
    return lambda: tenant.send("POST", "/flow_runs/count", key=f"pnu_{uuid.uuid4().hex}{uuid.uuid4().hex[:11]}")[0]


# By name: the attack, the number of threads, and the maximum of steps per second and thread.
ATTACKS: dict[str, tuple[Callable[[Tenant], Callable[[], object]], int, float]] = {
    "nothing": (nothing, 1, 1),
    "schemas": (schemas, 4, 5),
    "filters": (filters, 4, 2),
    "bodies": (bodies, 4, 1),
    "subscriptions": (subscriptions, 4, 1),
    "frames": (frames, 4, 1),
    "requests": (requests, 4, 100),
    "wrong keys": (wrong_keys, 2, 50),
}
