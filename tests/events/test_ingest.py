"""Events of many processes into one database."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.at_once import at_once
from tests.cast import Person
from tests.events.frames import task_run_event
from workspaces.events.ingest import parsed, store
from workspaces.events.models import Event
from workspaces.runs.models import TaskRun, TaskRunState
from workspaces.runs.services.recorder import record_task_runs

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_processes_that_report_one_new_task_run_lose_nothing(owner: Person) -> None:
    """A client that reconnects may reach another process with its next event."""
    now = datetime.now(UTC)
    for _ in range(5):
        task = uuid.uuid4()
        frames = [task_run_event(str(task), None, kind, at=now + timedelta(seconds=number))
                  for number, kind in enumerate(["PENDING", "RUNNING", "COMPLETED"])]  # fmt: skip
        events = [parsed(owner.workspace.id, json.dumps(frame)) for frame in frames]
        works = [lambda event=event: store(owner.workspace, [event], [record_task_runs]) for event in events]
        assert at_once(*works) == [None, None, None]
        assert TaskRun.objects.get(id=task).state_type == "COMPLETED"
        assert TaskRunState.objects.filter(task_run_id=task).count() == 3
    assert Event.objects.count() == 15


def test_one_event_that_cannot_be_stored_leaves_the_others(owner: Person) -> None:
    """`task_key` does not fit an index row of PostgreSQL; SQLite takes it."""
    flow = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "etl"}).json()
    run = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": flow["id"]}).json()["id"]
    good, bad = str(uuid.uuid4()), str(uuid.uuid4())
    key = "".join(str(uuid.uuid4()) for _ in range(200))
    frames = [task_run_event(bad, run, "RUNNING", task_key=key), task_run_event(good, run, "RUNNING")]
    events = [event for frame in frames if (event := parsed(owner.workspace.id, json.dumps(frame))) is not None]
    store(owner.workspace, events, [record_task_runs])
    assert TaskRun.objects.filter(id=good).exists()


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"id": 1}', '"x"', "[" * 2000 + "]" * 2000])
def test_text_that_is_no_event_is_none(text: str) -> None:
    assert parsed(uuid.uuid4(), text) is None
