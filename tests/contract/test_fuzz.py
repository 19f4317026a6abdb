"""Generated requests with ids of two tenants: no 500, no answer that the document does not name, no foreign row.

`make fuzz` sends 20,000 requests; `make fuzz FUZZ_REQUESTS=100000` more. `FUZZ_SEED` repeats a run.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.db.models import Model

from core.db import tenants
from core.db.policies import tenant_models
from tests.cast import Person, make_person
from tests.contract import documents
from tests.contract.fuzzing import Tenant, fuzz

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "600"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or secrets.randbelow(10**9) + 1


def fill(person: Person, canary: str) -> Tenant:
    """Create a row of each noun through the API, with the canary in its name."""
    api, root, ids = person.api, person.workspace_api, []

    def post(path: str, body: Any, method: str = "post") -> Any:
        answer = getattr(api, method)(f"{root}{path}", body)
        assert answer.status_code in (200, 201), answer.content
        made = answer.json() if answer.content else None
        if isinstance(made, dict) and "id" in made:
            ids.append(made["id"])
        return made

    flow = post("/flows/", {"name": f"flow {canary}", "tags": [canary]})
    run = post("/flow_runs/", {"flow_id": flow["id"], "name": f"run {canary}", "parameters": {"name": canary}})
    post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING", "message": canary}})
    ids.append(api.get(f"{root}/flow_runs/{run['id']}").json()["state_id"])
    post("/task_runs/", {"flow_run_id": run["id"], "task_key": canary, "dynamic_key": "0", "name": canary})
    line = {"name": canary, "level": 20, "message": canary, "timestamp": "2026-01-01T00:00:00Z"}
    assert api.post(f"{root}/logs/", [{**line, "flow_run_id": run["id"]}]).status_code == 201
    post("/variables/", {"name": f"variable_{canary}", "value": canary})
    post("/saved_searches/", {"name": canary, "filters": []}, "put")
    return Tenant(
        account_id=str(person.account.id),
        workspace_id=str(person.workspace.id),
        key=person.key_value,
        canary=canary,
        ids=[*ids, str(person.account.id), str(person.workspace.id), str(person.user.id), str(person.key.id)],
    )


def rows_of(person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of the person's workspace and account, by table."""

    def column(model: type[Model]) -> str:
        return str(getattr(model, "tenant_column"))  # noqa: B009  mypy knows no such attribute

    tenants = [person.account.id, person.workspace.id]
    return {
        model._meta.db_table: list(model._default_manager.filter(**{f"{column(model)}__in": tenants}).values())
        for model in tenant_models()
    }


@contextmanager
def connection_stays_open() -> Iterator[None]:
    """Keep the connection with the test's transaction, as Django's test client does during each request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.postgresql_in_ci(reason="it refuses values that SQLite takes, and has row-level security")
def test_generated_requests_find_nothing_wrong(settings: Any, db: None) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    ours, theirs = make_person("ours"), make_person("theirs")
    our_tenant, their_tenant = fill(ours, "ourscanary"), fill(theirs, "zanzibar")
    before = rows_of(theirs)
    document = documents.ours()
    with connection_stays_open():
        outcome = fuzz(document, our_tenant, their_tenant, requests=REQUESTS, random_seed=SEED)
    tenants.end_request()  # the last response is not closed
    print(f"{outcome.requests} requests, {outcome.accepted} accepted, of {len(outcome.operations)} operations")
    assert outcome.problems == {}, f"seed {SEED}: " + "\n".join(map(str, outcome.problems.items()))
    assert rows_of(theirs) == before
    assert outcome.accepted > outcome.requests / 10
