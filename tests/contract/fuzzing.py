"""Requests generated from the OpenAPI document by schemathesis, sent as one tenant beside another."""

import contextlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = 10  # of one operation in a round
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A probe: it answers 503 while background services do not run, as in tests.
MAY_BE_UNAVAILABLE = {"GET /api/health/services"}
CHECKED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Tenant:
    """A tenant whose rows all have `canary` in their names, and the ids of these rows."""

    account_id: str
    workspace_id: str
    key: str
    canary: str
    ids: list[str]


@dataclass
class Outcome:
    requests: int = 0
    accepted: int = 0
    operations: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)  # the first of each kind, by operation and kind


def fuzz(document: dict[str, Any], ours: Tenant, theirs: Tenant, *, requests: int, random_seed: int) -> Outcome:
    """Send about `requests` requests with our key, with ids of both tenants, and return what was wrong."""
    outcome, chance = Outcome(), random.Random(random_seed)
    schema = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    chance.shuffle(operations)
    send = _sender(outcome, ours, theirs, chance)
    for number, operation in enumerate(cycle(operations)):
        if outcome.requests >= requests:
            return outcome
        mode = GenerationMode.NEGATIVE if number // len(operations) % 3 == 2 else GenerationMode.POSITIVE
        _send_examples(operation, mode, send, chance.randrange(2**32))
    return outcome


def _send_examples(operation: Any, mode: GenerationMode, send: Callable[[Case[Any]], None], random_seed: int) -> None:
    quick = settings(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), derandomize=False,
    )  # fmt: skip

    @seed(random_seed)
    @quick
    @given(case=operation.as_strategy(generation_mode=mode))
    def examples(case: Case[Any]) -> None:
        send(case)

    with transaction.atomic():
        with contextlib.suppress(Unsatisfiable):  # an operation without parameters has no invalid request
            examples()
        transaction.set_rollback(True)  # else nothing would be left for the next operations


def _sender(outcome: Outcome, ours: Tenant, theirs: Tenant, chance: random.Random) -> Callable[[Case[Any]], None]:
    application = get_wsgi_application()

    def send(case: Case[Any]) -> None:
        label = case.operation.label
        outcome.requests += 1
        outcome.operations.add(label)
        foreign = chance.random() < 0.3
        path: dict[str, Any] = dict(case.path_parameters or {})
        for name in path:
            if name == "account_id":
                path[name] = ours.account_id
            elif name == "workspace_id":
                path[name] = ours.workspace_id
            elif name.endswith("id") and chance.random() < 0.9:
                path[name] = chance.choice(theirs.ids if foreign else ours.ids)
        case.path_parameters = path
        case.body = _with_ids(case.body, chance, [*ours.ids, *theirs.ids])
        case.headers["Authorization"] = f"Bearer {ours.key}"
        response = case.call(app=application)
        outcome.accepted += response.status_code < 300
        text = response.content.decode(errors="replace")
        if theirs.canary in text and theirs.canary not in str(case.body):
            outcome.problems.setdefault(f"{label}: foreign row", text[:500])
        server_error_allowed = response.status_code == 503 and label in MAY_BE_UNAVAILABLE
        try:
            case.validate_response(response, checks=CHECKED[1:] if server_error_allowed else CHECKED)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                kind = f"{label}: {response.status_code} {type(failure).__name__}"
                outcome.problems.setdefault(kind, f"{case.body!r:.300} -> {text[:300]} {failure}"[:900])

    return send


def _with_ids(value: Any, chance: random.Random, ids: list[str]) -> Any:
    """Replace most generated ids by ids of rows."""
    if isinstance(value, dict):
        return {key: _with_ids(part, chance, ids) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_ids(part, chance, ids) for part in value]
    if isinstance(value, str) and _UUID.fullmatch(value) and chance.random() < 0.8:
        return chance.choice(ids)
    return value
