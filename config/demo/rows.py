"""Collect the rows of one workspace and write them in a few statements."""

import logging
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from config.demo.timeline import TimelineEntry, id_at, past_entries, set_columns
from workspaces.events.models import Event
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.events import flow_run_state_event
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.orchestration.run_state import stored_state


@dataclass
class Rows:
    """The rows of one workspace, as of `now`. Runs and logs in the future are cut off."""

    workspace: Workspace
    now: datetime
    rng: random.Random
    flows: list[Flow] = field(default_factory=list)
    flow_runs: list[FlowRun] = field(default_factory=list)
    flow_run_states: list[FlowRunState] = field(default_factory=list)
    task_runs: list[TaskRun] = field(default_factory=list)
    task_run_states: list[TaskRunState] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def flow(self, name: str, since: datetime) -> Flow:
        flow = Flow(workspace=self.workspace, id=id_at(since, self.rng), name=name, created=since, updated=since)
        self.flows.append(flow)
        return flow

    def flow_run(self, run: FlowRun, timeline: list[TimelineEntry]) -> None:
        """Add a flow run as it is now, with its past states and their events."""
        past = past_entries(self.now, timeline)
        set_columns(run, past)
        run.labels = {"prefect.flow.id": str(run.flow_id)}
        before = None
        for entry in past:
            state = FlowRunState(flow_run=run, **self._state(entry, flow_run_id=str(run.id)))
            entered = stored_state(state)
            event = flow_run_state_event(run, before, entered)
            event.received = entry.at
            self.events.append(event)
            self.flow_run_states.append(state)
            before = entered
        # Runs are written before their states, so `save` sets the current state afterwards.
        run.state_id = None
        self.flow_runs.append(run)

    def task_run(self, run: TaskRun, timeline: list[TimelineEntry]) -> None:
        past = past_entries(self.now, timeline)
        if not past:
            return
        set_columns(run, past)
        details = {"flow_run_id": str(run.flow_run_id), "task_run_id": str(run.id)}
        states = [TaskRunState(task_run=run, **self._state(entry, **details)) for entry in past]
        run.state_id = states[-1].id
        self.task_runs.append(run)
        self.task_run_states += states

    def log(
        self,
        at: datetime,
        message: str,
        *,
        flow_run: FlowRun,
        task_run: TaskRun | None = None,
        level: int = logging.INFO,
    ) -> None:
        if at <= self.now:
            self.logs.append(
                Log(
                    workspace=self.workspace,
                    id=id_at(at, self.rng),
                    flow_run_id=flow_run.id,
                    task_run_id=task_run.id if task_run else None,
                    name="prefect.task_runs" if task_run else "prefect.flow_runs",
                    level=level,
                    message=message,
                    timestamp=at,
                    created=at,
                )
            )

    @transaction.atomic
    def save(self) -> None:
        # Flow runs refer to task runs and states, which refer to flow runs: these references are written last.
        parents = {run.id: run.parent_task_run_id for run in self.flow_runs}
        for run in self.flow_runs:
            run.parent_task_run_id = None
        Flow.objects.bulk_create(self.flows)
        FlowRun.objects.bulk_create(self.flow_runs)
        TaskRun.objects.bulk_create(self.task_runs)
        FlowRunState.objects.bulk_create(self.flow_run_states)
        TaskRunState.objects.bulk_create(self.task_run_states)
        Log.objects.bulk_create(self.logs)
        Event.objects.bulk_create(self.events)
        current = {state.flow_run_id: state.id for state in self.flow_run_states}
        for run in self.flow_runs:
            run.state_id, run.parent_task_run_id = current[run.id], parents[run.id]
        FlowRun.objects.bulk_update(self.flow_runs, ["state_id", "parent_task_run_id"], batch_size=200)

    def _state(self, entry: TimelineEntry, **details: str) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "id": id_at(entry.at, self.rng),
            "type": entry.type,
            "name": entry.name,
            "timestamp": entry.at,
            "message": entry.message,
            "state_details": {**details, **entry.details},
        }
