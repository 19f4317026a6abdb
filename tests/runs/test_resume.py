"""A paused run is woken with the input that it asked for, and the waking leaves what it did."""

import pytest

from auditlog.models import Entry
from tests.cast import Person
from tests.runs.test_api import Client

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
