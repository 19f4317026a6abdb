"""The events that the key of a flow run sends and reads."""

from typing import Any

import orjson
import pytest
from django.utils import timezone

from core.db import tenants
from core.db.ids import new_id
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.events.models import Event
from workspaces.events.run_bounds import is_of_run
from workspaces.events.writing import Frame, Origin, _write_frames
from workspaces.run_keys.bounds import RunBounds
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.services.recorder import record_task_runs

pytestmark = pytest.mark.django_db


def about(resource_id: str, event: str, *related: str, **payload: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "occurred": timezone.now().isoformat(),
        "event": event,
        "resource": {"prefect.resource.id": resource_id, "prefect.orchestration": "client"},
        "related": [
            {"prefect.resource.id": each, "prefect.resource.role": each.split(".")[1] if "." in each else "other"}
            for each in related
        ],
        "payload": payload,
    }


def task_event(task_run_id: Any, flow_run: FlowRun) -> dict[str, Any]:
    return about(
        f"prefect.task-run.{task_run_id}",
        "prefect.task-run.Completed",
        f"prefect.flow-run.{flow_run.id}",
        validated_state={"type": "COMPLETED", "name": "Completed"},
        task_run={"task_key": f"key {task_run_id}", "dynamic_key": "0"},
    )


def test_key_sends_events_of_its_run_alone(owner: Person) -> None:
    workspace = owner.workspace
    flow = stage.flow(workspace)
    own, other = (stage.flow_run(flow, name, "RUNNING") for name in ("own", "other"))
    own_task, task_of_other = (stage.task_run(run, "task", "RUNNING") for run in (own, other))
    child = stage.flow_run(flow, "child", "RUNNING")
    FlowRun.objects.filter(id=child.id).update(parent_task_run=own_task)
    bounds = RunBounds(workspace.id, new_id(), own.id, flow.id, None, None, None)
    own_id, other_id = f"prefect.flow-run.{own.id}", f"prefect.flow-run.{other.id}"
    taken = [
        about(own_id, "prefect.flow-run.heartbeat"),
        about(f"prefect.flow-run.{child.id}", "prefect.flow-run.heartbeat"),
        about("my.thing", "my.event", own_id),
        about("s3://bucket/key", "prefect.asset.materialization.succeeded", own_id),
        about("prefect.concurrency-limit.1", "prefect.concurrency-limit.acquired", own_id),
        task_event(own_task.id, own),
        task_event(new_id(), child),
    ]
    dropped = [
        about(other_id, "prefect.flow-run.Completed"),
        about("my.thing", "my.event"),
        about("my.thing", "my.event", own_id, other_id),
        about("prefect.flow-run.nonsense", "prefect.flow-run.heartbeat"),
        about(f"prefect.deployment.{new_id()}", "my.event", own_id),
        about("my.thing", "prefect.deployment.ready", own_id),
        about("prefect.work-pool.1", "prefect.work-pool.ready", own_id),
        task_event(task_of_other.id, other),
        task_event(task_of_other.id, own),
        task_event(new_id(), other),
        about(f"prefect.task-run.{new_id()}", "prefect.task-run.Completed"),
    ]
    # The recorder finds the flow run by its role.
    for role, named in (("flow-run", str(other.id)), ("flow-run", f"urn:uuid:{other.id}"), ("other", own_id)):
        event = task_event(new_id(), own)
        event["related"][0] |= {"prefect.resource.id": named, "prefect.resource.role": role}
        event["related"].append({"prefect.resource.id": own_id, "prefect.resource.role": "other"})
        dropped.append(event)
    origin, without_bounds = Origin(bounds), Origin()
    frames = [Frame(orjson.dumps(event), timezone.now(), origin) for event in [*taken, *dropped]]
    of_worker = about(other_id, "prefect.flow-run.heartbeat")
    frames.append(Frame(orjson.dumps(of_worker), timezone.now(), without_bounds))
    with tenants.reaching(workspace.id, workspace.account_id):
        assert _write_frames(workspace, frames, [record_task_runs])
    stored = {str(event_id) for event_id in Event.objects.values_list("id", flat=True)}
    assert stored == {event["id"] for event in [*taken, of_worker]}
    assert (origin.dropped, without_bounds.dropped) == (len(dropped), 0)
    states = dict(TaskRun.objects.values_list("id", "state_type"))
    assert (states[own_task.id], states[task_of_other.id], len(states)) == ("COMPLETED", "RUNNING", 3)
    seen = [is_of_run(bounds, event) for event in (taken[0], taken[2], taken[1], of_worker)]
    assert seen == [True, True, False, False]
