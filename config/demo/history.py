"""A week of runs of one workspace. Runs are told to their end; `Rows` leaves out what has not happened yet."""

import logging
from datetime import datetime, timedelta

from config.demo.company import Plan, Step
from config.demo.rows import Rows
from config.demo.timeline import Moment, id_at
from workspaces.flows.models import Flow
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.names import run_name
from workspaces.runs.states import CANCELLED, CANCELLING, COMPLETED, CRASHED, FAILED, PENDING, RUNNING, SCHEDULED

DAYS = 7


class History:
    """Tells the runs of a workspace's plans into its rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.chance = rows.chance
        self.flows: dict[str, Flow] = {}

    def tell(self, plans: tuple[Plan, ...]) -> None:
        now = self.rows.now
        for number, plan in enumerate(plans):
            every = timedelta(hours=plan.every_hours)
            start = now - timedelta(days=DAYS) + every * self.chance.random()
            while start < now - timedelta(minutes=1):
                self.run(plan, start)
                start += every * self.chance.uniform(0.9, 1.1)
            # One that has just begun, one that should have, and those of the next day.
            self.run(plan, now - timedelta(seconds=plan.steps[0].seconds * 0.8 + 3), failing=0)
            if number == 0:
                self.waiting(plan, now - timedelta(minutes=4), "Late")
            for ahead in range(1, 4):
                self.waiting(plan, start + every * (ahead - 1), "Scheduled")

    def run(
        self, plan: Plan, start: datetime, *, failing: float | None = None, parent: TaskRun | None = None
    ) -> datetime:
        """One run with its tasks, subflow and logs. Returns when it ended."""
        run = self._flow_run(plan, start, parent)
        self.rows.log(start, f"Beginning flow run {run.name!r} for flow {plan.flow!r}", flow_run=run)
        fails = self.chance.random() < (plan.failing if failing is None else failing)
        failing_step = self.chance.choice(plan.steps) if fails else None
        moments = [Moment(start, PENDING), Moment(start + timedelta(milliseconds=350), RUNNING)]
        at = start + timedelta(seconds=1)
        for step in plan.steps:
            at = self._step(run, step, at, plan.error if step is failing_step else "")
            if step is failing_step:
                break
        if plan.calls and not fails:
            at = self._subflow(run, plan.calls, at)
        end = self._end(plan, at, fails)
        moments += end
        self.rows.flow_run(run, moments)
        level = logging.INFO if end[-1].type == COMPLETED else logging.ERROR
        self.rows.log(at, f"Finished in state {end[-1].name}({(end[-1].message or '')!r})", flow_run=run, level=level)
        return at

    def waiting(self, plan: Plan, when: datetime, name: str) -> None:
        """A run that has not begun: due later, or late."""
        planned = self.rows.now - timedelta(hours=12)
        run = self._flow_run(plan, planned, None)
        run.auto_scheduled = True
        moments = [Moment(planned, SCHEDULED, message="Flow run scheduled", scheduled_for=when)]
        if name == "Late":
            moments.append(Moment(when + timedelta(seconds=20), SCHEDULED, "Late", scheduled_for=when))
        self.rows.flow_run(run, moments)

    def _flow_run(self, plan: Plan, at: datetime, parent: TaskRun | None) -> FlowRun:
        flow = self.flows.get(plan.flow)
        if flow is None:
            flow = self.flows[plan.flow] = self.rows.flow(plan.flow, self.rows.now - timedelta(days=DAYS, hours=1))
        return FlowRun(
            id=id_at(at, self.chance),
            workspace=self.rows.workspace,
            flow=flow,
            name=run_name(),
            tags=list(plan.tags),
            parameters=dict(plan.parameters),
            empirical_policy={"retries": 0, "retry_delay": 0},
            parent_task_run=parent,
        )

    def _step(self, run: FlowRun, step: Step, at: datetime, error: str) -> datetime:
        """All task runs of a step, side by side; the last of them meets the error. Returns when the last one ended."""
        ends = []
        for index in range(step.count):
            ends.append(self._task_run(run, step, index, at, error if index == step.count - 1 else ""))
        return max(ends)

    def _task_run(self, run: FlowRun, step: Step, index: int, at: datetime, error: str) -> datetime:
        task = self._task(run, step.name, index, at, step.tags)
        task.empirical_policy = {"retries": step.retries, "retry_delay": 5}
        moments = [Moment(at, PENDING)]
        if not error and self.chance.random() < step.cached:
            end = at + timedelta(seconds=0.2)
            moments.append(Moment(end, COMPLETED, "Cached"))
        else:
            end = self._attempts(run, task, step, moments, at, error)
        self.rows.task_run(task, moments)
        return end

    def _attempts(
        self, run: FlowRun, task: TaskRun, step: Step, moments: list[Moment], at: datetime, error: str
    ) -> datetime:
        """Running until it works, or until an error has used up the retries."""
        failures = step.retries if error else int(step.retries > 0 and self.chance.random() < 0.1)
        at += timedelta(milliseconds=80)
        for attempt in range(failures + 1):
            moments.append(Moment(at, RUNNING, "Retrying" if attempt else ""))
            self.rows.log(at, f"Working on part {task.dynamic_key} of {step.name}", flow_run=run, task_run=task)
            at += timedelta(seconds=step.seconds * self.chance.uniform(0.6, 1.5))
            if attempt < failures:
                wait = at + timedelta(seconds=5)
                text = (
                    f"Task run failed with exception: {error or 'ConnectionResetError()'} - Retry {attempt + 1} in 5 s"
                )
                self.rows.log(at, text, flow_run=run, task_run=task, level=logging.WARNING)
                moments.append(Moment(at, SCHEDULED, "AwaitingRetry", scheduled_for=wait))
                at = wait
        if error:
            message = f"Task run encountered an exception {error}"
            moments.append(Moment(at, FAILED, message=message))
            self.rows.log(at, message, flow_run=run, task_run=task, level=logging.ERROR)
        else:
            moments.append(Moment(at, COMPLETED))
            self.rows.log(at, "Finished in state Completed()", flow_run=run, task_run=task)
        return at

    def _subflow(self, run: FlowRun, plan: Plan, at: datetime) -> datetime:
        """A task run that stands for the child in its parent, and the child."""
        if at > self.rows.now:
            return at
        placeholder = self._task(run, plan.flow, 0, at, plan.tags)
        end = self.run(plan, at, failing=0, parent=placeholder)
        self.rows.task_run(placeholder, [Moment(at, PENDING), Moment(at, RUNNING), Moment(end, COMPLETED)])
        return end

    def _task(self, run: FlowRun, name: str, index: int, at: datetime, tags: tuple[str, ...]) -> TaskRun:
        return TaskRun(
            id=id_at(at, self.chance),
            workspace=self.rows.workspace,
            flow_run=run,
            name=f"{name}-{index}",
            task_key=f"{name}-{run.flow_id.hex[:8]}",
            dynamic_key=str(index),
            tags=[*run.tags, *tags],
            flow_run_run_count=1,
        )

    def _end(self, plan: Plan, at: datetime, fails: bool) -> list[Moment]:
        """Mostly Completed or Failed; now and then somebody cancels a run or its machine goes away."""
        fate = self.chance.random()
        if fails and fate < 0.15:
            return [Moment(at, CRASHED, message="Execution was aborted by an interrupt signal.")]
        if fails and fate < 0.3:
            ended = at + timedelta(seconds=4)
            return [Moment(at, CANCELLING), Moment(ended, CANCELLED, message="Cancelled by Tomas Okafor")]
        if fails:
            return [Moment(at, FAILED, message=f"Flow run encountered an exception: {plan.error}")]
        return [Moment(at, COMPLETED)]
