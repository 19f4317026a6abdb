"""A paused run is resumed against every hostile schema: quickly refused or accepted, and nothing is fetched or read."""

import json
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.hostile.schemas import SCHEMAS
from tests.hostile.watch import Faults, touched
from tests.workspaces.runs.test_api import Client
from workspaces.runs.models import FlowRun, FlowRunInput, FlowRunState

pytestmark = [pytest.mark.django_db, pytest.mark.one_database(reason="schemas and texts are refused before any SQL")]

KEYS = {"schema": "s", "response": "r"}


@pytest.fixture
def ours(owner: Person) -> Client:
    return Client(owner)


def paused(ours: Client, schema: str | None, keys: Any = KEYS) -> Any:
    run = ours.run(state={"type": "PAUSED", "state_details": {"run_input_keyset": keys}})
    if schema is not None:
        ours("POST", f"/flow_runs/{run['id']}/input", {"key": "s", "value": schema}, 201)
    return run


def resume(ours: Client, run: Any, value: Any) -> Any:
    return ours.api.client.post(
        f"{ours.root}/flow_runs/{run['id']}/resume",
        data=json.dumps({"run_input": value}),
        content_type="application/json",
    )


def pause_again(state: UUID) -> None:
    """Put the one run back where it was."""
    FlowRun.objects.update(state=state, state_type="PAUSED", state_name="Paused", state_timestamp=timezone.now())
    FlowRunState.objects.exclude(id=state).delete()
    FlowRunInput.objects.filter(key="r").delete()


def test_there_are_enough_attacks() -> None:
    assert len(SCHEMAS) >= 200
    assert len({name for name, *_ in SCHEMAS}) == len(SCHEMAS)


def test_hostile_schemas_are_answered(ours: Client) -> None:
    faults = Faults()
    run = paused(ours, "{}")
    state, stored = FlowRunState.objects.get().id, FlowRunInput.objects.get(key="s")
    resume(ours, run, {})  # what is imported on first use

    def attack(value: Any) -> Any:
        """Resume the paused run. An attack that was slow is repeated, so the run is paused each time."""
        pause_again(state)
        return resume(ours, run, value)

    for name, schema, value, expected in SCHEMAS:
        stored.value = schema if isinstance(schema, str) else json.dumps(schema)
        stored.save()
        answer = faults.attack(name, partial(attack, value))
        faults.expect(name, answer.status_code in {200, 201}, answer.content)
        if answer.status_code not in {200, 201}:
            continue
        body = answer.json()
        reason = body["details"].get("reason", "")
        faults.expect(name, (body["status"] == "REJECT") == (answer.status_code == 200), body)
        faults.expect(name, expected is None or (reason.startswith(expected) if expected else not reason), body)
        faults.expect(name, len(reason) < 2_500, "the answer is long")
    faults.report()


def test_watch_sees_connections_and_files() -> None:
    import socket
    from pathlib import Path

    with touched() as seen:
        Path("/etc/hostname").exists() and Path("/etc/hostname").read_text()
        with socket.socket() as probe:
            probe.connect_ex(("127.0.0.1", 9))
    assert any(what.startswith("open") for what in seen)
    assert any(what.startswith("socket.connect") for what in seen)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"schema": "s"}, "Run input response key not found."),
        ({"response": "r"}, "Run input schema not found."),
        ({"schema": "other", "response": "r"}, "Run input schema not found."),
    ],
)
def test_keyset_that_names_too_little_is_refused(ours: Client, keys: dict[str, str], reason: str) -> None:
    run = paused(ours, "{}", keys)
    answer = resume(ours, run, {"a": 1}).json()
    assert (answer["status"], answer["details"]) == ("REJECT", {"type": "abort_details", "reason": reason})


@pytest.mark.parametrize("keys", [[], "schema", 5, ["schema"], {"schema": 5}])
def test_keyset_that_is_no_map_of_names_is_refused(ours: Client, keys: Any) -> None:
    body = {"type": "PAUSED", "state_details": {"run_input_keyset": keys}}
    run = ours.run()
    ours("POST", f"/flow_runs/{run['id']}/set_state", {"state": body}, 422)


@pytest.mark.parametrize("keys", [["schema"], "schema", 5])
def test_stored_keyset_that_is_no_map_of_names_is_no_error(ours: Client, keys: Any) -> None:
    run = paused(ours, "{}")
    state = FlowRunState.objects.get(flow_run=run["id"])
    state.state_details["run_input_keyset"] = keys
    state.save()
    assert resume(ours, run, {"a": 1}).status_code in {200, 201}
