"""Rows of one workspace, gathered and then written in a few statements."""

import logging
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from config.demo.timeline import Moment, id_at, settle, until
from workspaces.events.models import Event
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.events import flow_run_state_event
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.orchestration.run_state import row_state


@dataclass
class Rows:
    workspace: Workspace
    now: datetime
    chance: random.Random
    flows: list[Flow] = field(default_factory=list)
    flow_runs: list[FlowRun] = field(default_factory=list)
    flow_run_states: list[FlowRunState] = field(default_factory=list)
    task_runs: list[TaskRun] = field(default_factory=list)
    task_run_states: list[TaskRunState] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def flow(self, name: str, since: datetime) -> Flow:
        flow = Flow(workspace=self.workspace, id=id_at(since, self.chance), name=name, created=since, updated=since)
        self.flows.append(flow)
        return flow

    def flow_run(self, run: FlowRun, moments: list[Moment]) -> None:
        """A run as far as it has come by now, with its states and their events."""
        past = until(self.now, moments)
        settle(run, past)
        run.labels = {"prefect.flow.id": str(run.flow_id)}
        before = None
        for moment in past:
            state = FlowRunState(flow_run=run, **self._state(moment, flow_run_id=str(run.id)))
            entered = row_state(state)
            event = flow_run_state_event(run, before, entered)
            event.received = moment.at
            self.events.append(event)
            self.flow_run_states.append(state)
            before = entered
        # Runs are written before their states: the key to the current one comes afterwards.
        run.state_id = None
        self.flow_runs.append(run)

    def task_run(self, run: TaskRun, moments: list[Moment]) -> None:
        past = until(self.now, moments)
        if not past:
            return
        settle(run, past)
        details = {"flow_run_id": str(run.flow_run_id), "task_run_id": str(run.id)}
        states = [TaskRunState(task_run=run, **self._state(moment, **details)) for moment in past]
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
                    id=id_at(at, self.chance),
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
        # A child run points at a task run of its parent, which points at the parent: oldest rows first, keys last.
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

    def _state(self, moment: Moment, **details: str) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "id": id_at(moment.at, self.chance),
            "type": moment.type,
            "name": moment.name,
            "timestamp": moment.at,
            "message": moment.message,
            "state_details": {**details, **moment.details},
        }
