"""The events that the key of a flow run may send and read: those of the run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from workspaces.events.models import Event
from workspaces.run_keys.bounds import RunBounds

_FLOW_RUN, _TASK_RUN = "prefect.flow-run.", "prefect.task-run."
_ROLE = "prefect.resource.role"
# Events of Prefect that clients send from runs about other objects. All others are reports about states, or of workers.
_OF_CLIENTS = ("prefect.artifact.", "prefect.asset.", "prefect.block", "prefect.concurrency-limit.")
# Objects whose state is reported by this server or by workers, not by runs.
_REPORTED = ("prefect.deployment.", "prefect.flow.", "prefect.work-", "prefect.worker.", "prefect-cloud.")


def foreign_events(run: RunBounds, events: Sequence[Event]) -> set[int]:
    """Return the positions of the events that the key of a run may not send.

    An event must be about the run or one of its task runs, or name the run as related. It may name no other run.
    """
    run_ids = [set(_ids(event, _FLOW_RUN)) for event in events]
    task_run_ids = [set(_ids(event, _TASK_RUN)) for event in events]
    outside = run.outside(set().union(*run_ids))
    owners = run.owners_of({task_run_id for ids in task_run_ids for task_run_id in ids if task_run_id is not None})
    # A task run that does not exist yet is created by the event, in the flow run that it names.
    others = run.outside(set(owners.values()))
    return {
        position
        for position, event in enumerate(events)
        if not _names_run(event, run_ids[position])
        or run_ids[position] & outside
        or any(task_id is None or owners.get(task_id, run.run_id) in others for task_id in task_run_ids[position])
    }


def is_of_run(run: RunBounds, event: Mapping[str, Any]) -> bool:
    """Return whether an event, as subscribers get it, is about the run or names it as related."""
    own = f"{_FLOW_RUN}{run.run_id}"
    resources = (event["resource"], *event["related"])
    return any(resource.get("prefect.resource.id") == own for resource in resources)


def _names_run(event: Event, run_ids: set[UUID | None]) -> bool:
    """Return whether the event says which run it belongs to, and its name is one that a run may use."""
    if not run_ids or event.resource_id.startswith(_REPORTED):
        return False
    if event.resource_id.startswith(_FLOW_RUN):
        return not event.event.startswith(_TASK_RUN)
    if event.resource_id.startswith(_TASK_RUN):
        # Without the role, the task run would belong to no flow run.
        return not event.event.startswith(_FLOW_RUN) and any(each.get(_ROLE) == "flow-run" for each in event.related)
    return event.event.startswith(_OF_CLIENTS) or not event.event.startswith("prefect")


def _ids(event: Event, prefix: str) -> Iterator[UUID | None]:
    """Return the ids of the runs that an event names, by the beginning of their resource ids. None for other text.

    Whoever reads events finds the flow run of a task run by its role, and takes its id without the beginning, too.
    """
    role = prefix.split(".")[1]
    for resource in (event.resource, *event.related):
        resource_id = resource["prefect.resource.id"]
        if resource_id.startswith(prefix) or resource.get(_ROLE) == role:
            try:
                yield UUID(resource_id.removeprefix(prefix))
            except ValueError:
                yield None
