"""A paused run is woken with the input that it asked for, and the waking leaves what it did."""

from typing import Any

import pytest
from django.db import connection

from auditlog.models import Entry
from core import json_schema
from core.errors import Conflict
from tests.cast import Person
from tests.workspaces.runs.test_api import Client
from workspaces.runs.models import FlowRun, FlowRunInput
from workspaces.runs.services.resume import resume_flow_run

pytestmark = pytest.mark.django_db


def test_input_of_a_resumption_is_kept_and_recorded(owner: Person) -> None:
    ours = Client(owner)
    run = ours.run(state={"type": "RUNNING"})
    keys = {"schema": "pause-schema", "response": "pause-response", "description": "pause-description"}
    paused = {"type": "PAUSED", "state_details": {"run_input_keyset": keys}}
    ours("POST", f"/flow_runs/{run['id']}/set_state", {"state": paused}, 201)
    schema = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
    ours("POST", f"/flow_runs/{run['id']}/input", {"key": "pause-schema", "value": schema}, 201)
    refused = ours("POST", f"/flow_runs/{run['id']}/resume", {"run_input": {"n": "none"}}, 200)
    assert refused["status"] == "REJECT"
    resumed = ours("POST", f"/flow_runs/{run['id']}/resume", {"run_input": {"n": 7}}, 201)
    assert resumed["status"] == "ACCEPT"
    assert ours("GET", f"/flow_runs/{run['id']}/input/pause-response") == b'{"n":7}'
    entries = Entry.objects.filter(action="flow-run-input.created", workspace_id=owner.workspace.id).order_by("id")
    assert [(entry.detail["key"], entry.actor_id, entry.object_id) for entry in entries] == [
        (key, owner.user.id, run["id"]) for key in ("pause-schema", "pause-response")
    ]


KEYS = {"schema": "s", "response": "r"}


def _paused(ours: Client, schema: str) -> FlowRun:
    run = ours.run(state={"type": "PAUSED", "state_details": {"run_input_keyset": KEYS}})
    ours("POST", f"/flow_runs/{run['id']}/input", {"key": "s", "value": schema}, 201)
    return FlowRun.objects.get(id=run["id"])


def _validate_and(after: Any) -> Any:
    validate = json_schema.validate

    def replacement(value: Any, schema: Any) -> None:
        validate(value, schema)
        after()

    return replacement


@pytest.mark.django_db(transaction=True)
def test_input_is_checked_while_nothing_is_locked(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _paused(Client(owner), "{}")
    locked: list[bool] = []
    monkeypatch.setattr(json_schema, "validate", _validate_and(lambda: locked.append(connection.in_atomic_block)))
    outcome = resume_flow_run(owner.workspace, run.id, {"n": 1}, actor=owner.user.as_actor())
    assert (outcome and outcome.status, locked) == ("ACCEPT", [False])


def test_input_is_checked_again_if_the_schema_was_replaced(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _paused(Client(owner), "{}")
    checks: list[int] = []

    def replace_once() -> None:
        checks.append(1)
        if len(checks) == 1:
            FlowRunInput.objects.get(key="s").delete()
            FlowRunInput.objects.create(workspace=owner.workspace, flow_run=run, key="s", value='{"required": ["m"]}')

    monkeypatch.setattr(json_schema, "validate", _validate_and(replace_once))
    outcome = resume_flow_run(owner.workspace, run.id, {"n": 1}, actor=owner.user.as_actor())
    assert outcome is not None
    assert outcome.reason == "Reason: Validation failed. Failure reason: 'm' is a required property"
    assert not FlowRunInput.objects.filter(key="r").exists()


def test_schema_that_changes_each_time_is_a_conflict(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _paused(Client(owner), "{}")
    monkeypatch.setattr(json_schema, "validate", _validate_and(lambda: FlowRunInput.objects.get(key="s").save()))
    with pytest.raises(Conflict):
        resume_flow_run(owner.workspace, run.id, {"n": 1}, actor=owner.user.as_actor())
    assert FlowRunInput.objects.filter(key="r").count() == 0


def test_refusal_is_worded_as_by_the_prefect_server(owner: Person) -> None:
    ours = Client(owner)
    run = _paused(ours, '{"properties": {"n": {"type": "integer"}}, "required": ["n"]}')
    for given, reason in (
        ({"n": "none"}, "Reason: Validation failed for field 'n'. Failure reason: 'none' is not of type 'integer'"),
        ({}, "Reason: Validation failed. Failure reason: 'n' is a required property"),
    ):
        answer = ours("POST", f"/flow_runs/{run.id}/resume", {"run_input": given}, 200)
        assert answer["details"] == {"type": "abort_details", "reason": reason}
