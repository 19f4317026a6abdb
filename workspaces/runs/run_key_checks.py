"""Check the bodies of requests with the key of a flow run: they name only the run and the runs of its subflows."""

from collections.abc import Sequence
from uuid import UUID

from core.errors import Forbidden, NotFound
from workspaces.run_keys.bounds import RunBounds
from workspaces.runs.schemas import FlowRunCreate, FlowRunUpdate, LogCreate

# They decide what workers start, if the run is scheduled again, and what they stop.
_INFRASTRUCTURE = {"parameters", "job_variables", "infrastructure_pid"}


def check_subflow(run: RunBounds, body: FlowRunCreate) -> None:
    """Check that a new run is that of a subflow, in the same process.

    Raises `Forbidden` for other runs, and `NotFound` if the parent's task run does not belong to the run of the key.
    """
    if body.parent_task_run_id is None or body.deployment_id or body.work_pool_name or body.job_variables:
        raise Forbidden("The key of a flow run creates only runs of its subflows, which run in the same process.")
    if not run.has_task_run(body.parent_task_run_id):
        raise NotFound


def check_update(body: FlowRunUpdate) -> None:
    """Raise `Forbidden` if an update changes what workers do."""
    if named := sorted(_INFRASTRUCTURE & body.model_fields_set):
        raise Forbidden(f"The key of a flow run cannot change {' or '.join(named)}.")


def check_own_run(run: RunBounds, run_id: UUID | None) -> None:
    """Raise `NotFound` unless this is the run of the key or a run of one of its subflows."""
    if run_id is None or not run.has_run(run_id):
        raise NotFound


def check_lines(run: RunBounds, lines: Sequence[LogCreate]) -> None:
    """Raise `NotFound` if a log line is of another run, or of a task run of another run.

    A task run may be unknown yet: events report it.
    """
    if run.outside({line.flow_run_id for line in lines}):
        raise NotFound
    task_run_ids = {line.task_run_id for line in lines if line.task_run_id is not None}
    if run.outside(set(run.owners_of(task_run_ids).values())):
        raise NotFound
