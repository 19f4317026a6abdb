"""Made-up task runs of a flow run, with their attempts and logs."""

import logging
from datetime import datetime, timedelta

from config.demo.company import Step
from config.demo.rows import Rows
from config.demo.timeline import TimelineEntry, id_at
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.states import COMPLETED, FAILED, PENDING, RUNNING, SCHEDULED


class TaskHistory:
    """Adds task runs to the rows of a workspace."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.rng = rows.rng

    def add_step(self, run: FlowRun, step: Step, at: datetime, error: str) -> datetime:
        """Add the parallel task runs of a step, the last with the error. Returns when the last one ended."""
        ends = []
        for index in range(step.count):
            ends.append(self._task_run(run, step, index, at, error if index == step.count - 1 else ""))
        return max(ends)

    def _task_run(self, run: FlowRun, step: Step, index: int, at: datetime, error: str) -> datetime:
        task = self.new_task_run(run, step.name, index, at, step.tags)
        task.empirical_policy = {"retries": step.retries, "retry_delay": 5}
        timeline = [TimelineEntry(at, PENDING)]
        if not error and self.rng.random() < step.cached:
            end = at + timedelta(seconds=0.2)
            timeline.append(TimelineEntry(end, COMPLETED, "Cached"))
        else:
            end = self._attempts(run, task, step, timeline, at, error)
        self.rows.task_run(task, timeline)
        return end

    def _attempts(
        self, run: FlowRun, task: TaskRun, step: Step, timeline: list[TimelineEntry], at: datetime, error: str
    ) -> datetime:
        """Add attempts until one succeeds, or until the retries are used up."""
        failures = step.retries if error else int(step.retries > 0 and self.rng.random() < 0.1)
        at += timedelta(milliseconds=80)
        for attempt in range(failures + 1):
            timeline.append(TimelineEntry(at, RUNNING, "Retrying" if attempt else ""))
            self.rows.log(at, f"Working on part {task.dynamic_key} of {step.name}", flow_run=run, task_run=task)
            at += timedelta(seconds=step.seconds * self.rng.uniform(0.6, 1.5))
            if attempt < failures:
                wait = at + timedelta(seconds=5)
                text = (
                    f"Task run failed with exception: {error or 'ConnectionResetError()'} - Retry {attempt + 1} in 5 s"
                )
                self.rows.log(at, text, flow_run=run, task_run=task, level=logging.WARNING)
                timeline.append(TimelineEntry(at, SCHEDULED, "AwaitingRetry", scheduled_for=wait))
                at = wait
        if error:
            message = f"Task run encountered an exception {error}"
            timeline.append(TimelineEntry(at, FAILED, message=message))
            text = f"{message}\n{_traceback(step.name, error)}"
            self.rows.log(at, text, flow_run=run, task_run=task, level=logging.ERROR)
        else:
            timeline.append(TimelineEntry(at, COMPLETED))
            self.rows.log(at, "Finished in state Completed()", flow_run=run, task_run=task)
        return at

    def new_task_run(self, run: FlowRun, name: str, index: int, at: datetime, tags: tuple[str, ...]) -> TaskRun:
        return TaskRun(
            id=id_at(at, self.rng),
            workspace=self.rows.workspace,
            flow_run=run,
            name=f"{name}-{index}",
            task_key=f"{name}-{run.flow_id.hex[:8]}",
            dynamic_key=str(index),
            tags=[*run.tags, *tags],
            flow_run_run_count=1,
        )


def _traceback(task: str, error: str) -> str:
    function = task.replace("-", "_")
    return (
        "Traceback (most recent call last):\n"
        '  File "/app/.venv/lib/python3.13/site-packages/prefect/task_engine.py", line 889, in run_task\n'
        "    engine.call_task_fn(txn)\n"
        f'  File "/app/flows/{function}.py", line 42, in {function}\n'
        "    return send(part, timeout=300)\n"
        f"{error}"
    )
