"""A made-up week of flow runs of one workspace. `Rows` leaves out what is still in the future."""

import logging
from datetime import datetime, timedelta

from config.demo.company import Plan
from config.demo.rows import Rows
from config.demo.task_history import TaskHistory
from config.demo.timeline import TimelineEntry, id_at
from workspaces.flows.models import Flow
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.names import run_name
from workspaces.runs.states import CANCELLED, CANCELLING, COMPLETED, CRASHED, FAILED, PENDING, RUNNING, SCHEDULED

DAYS = 7


class History:
    """Adds the runs of flows to the rows of a workspace."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.rng = rows.rng
        self.tasks = TaskHistory(rows)
        self.flows: dict[str, Flow] = {}

    def add_week(self, plans: tuple[Plan, ...]) -> None:
        """Add the runs of the last week, a running one, and scheduled ones of the next day."""
        now = self.rows.now
        for number, plan in enumerate(plans):
            every = timedelta(hours=plan.every_hours)
            start = now - timedelta(days=DAYS) + every * self.rng.random()
            while start < now - timedelta(minutes=1):
                self.add_run(plan, start)
                start += every * self.rng.uniform(0.9, 1.1)
            # One that has just begun, a late one, and scheduled ones.
            self.add_run(plan, now - timedelta(seconds=plan.steps[0].seconds * 0.8 + 3), failing=0)
            if number == 0:
                self.add_scheduled_run(plan, now - timedelta(minutes=4), "Late")
            for ahead in range(1, 4):
                self.add_scheduled_run(plan, start + every * (ahead - 1), "Scheduled")

    def add_run(
        self, plan: Plan, start: datetime, *, failing: float | None = None, parent: TaskRun | None = None
    ) -> datetime:
        """Add a run with its task runs, subflow and logs. Returns when it ended.

        `failing` replaces the failure rate of the plan.
        """
        run = self._flow_run(plan, start, parent)
        self.rows.log(start, f"Beginning flow run {run.name!r} for flow {plan.flow!r}", flow_run=run)
        fails = self.rng.random() < (plan.failing if failing is None else failing)
        failing_step = self.rng.choice(plan.steps) if fails else None
        timeline = [TimelineEntry(start, PENDING), TimelineEntry(start + timedelta(milliseconds=350), RUNNING)]
        at = start + timedelta(seconds=1)
        for step in plan.steps:
            at = self.tasks.add_step(run, step, at, plan.error if step is failing_step else "")
            if step is failing_step:
                break
        if plan.calls and not fails:
            at = self._subflow(run, plan.calls, at)
        end = self._end(plan, at, fails)
        timeline += end
        self.rows.flow_run(run, timeline)
        level = logging.INFO if end[-1].type == COMPLETED else logging.ERROR
        self.rows.log(at, f"Finished in state {end[-1].name}({(end[-1].message or '')!r})", flow_run=run, level=level)
        return at

    def add_scheduled_run(self, plan: Plan, due: datetime, name: str) -> None:
        """Add a run that has not begun, in the state `name`: Scheduled or Late."""
        created = self.rows.now - timedelta(hours=12)
        run = self._flow_run(plan, created, None)
        run.auto_scheduled = True
        timeline = [TimelineEntry(created, SCHEDULED, message="Flow run scheduled", scheduled_for=due)]
        if name == "Late":
            timeline.append(TimelineEntry(due + timedelta(seconds=20), SCHEDULED, "Late", scheduled_for=due))
        self.rows.flow_run(run, timeline)

    def _flow_run(self, plan: Plan, at: datetime, parent: TaskRun | None) -> FlowRun:
        flow = self.flows.get(plan.flow)
        if flow is None:
            flow = self.flows[plan.flow] = self.rows.flow(plan.flow, self.rows.now - timedelta(days=DAYS, hours=1))
        return FlowRun(
            id=id_at(at, self.rng),
            workspace=self.rows.workspace,
            flow=flow,
            name=run_name(),
            tags=list(plan.tags),
            parameters=dict(plan.parameters),
            empirical_policy={"retries": 0, "retry_delay": 0},
            parent_task_run=parent,
        )

    def _subflow(self, run: FlowRun, plan: Plan, at: datetime) -> datetime:
        """Add a child run, and the task run that represents it in its parent."""
        if at > self.rows.now:
            return at
        placeholder = self.tasks.new_task_run(run, plan.flow, 0, at, plan.tags)
        end = self.add_run(plan, at, failing=0, parent=placeholder)
        self.rows.task_run(
            placeholder, [TimelineEntry(at, PENDING), TimelineEntry(at, RUNNING), TimelineEntry(end, COMPLETED)]
        )
        return end

    def _end(self, plan: Plan, at: datetime, fails: bool) -> list[TimelineEntry]:
        """Return the last states: mostly Completed or Failed, sometimes Cancelled or Crashed."""
        chance = self.rng.random()
        if fails and chance < 0.15:
            return [TimelineEntry(at, CRASHED, message="Execution was aborted by an interrupt signal.")]
        if fails and chance < 0.3:
            ended = at + timedelta(seconds=4)
            return [TimelineEntry(at, CANCELLING), TimelineEntry(ended, CANCELLED, message="Cancelled by Tomas Okafor")]
        if fails:
            return [TimelineEntry(at, FAILED, message=f"Flow run encountered an exception: {plan.error}")]
        return [TimelineEntry(at, COMPLETED)]
