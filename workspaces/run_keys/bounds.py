"""What the key of a flow run may reach: the run, the runs of its subflows, and the objects that these belong to."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from workspaces.run_keys.models import RunKey

_DEEPEST = 100  # levels of subflows


@dataclass(frozen=True, slots=True)
class RunBounds:
    """The run of a key. The runs of its subflows, at any depth, belong to it."""

    workspace_id: UUID
    key_id: UUID
    run_id: UUID
    flow_id: UUID
    deployment_id: UUID | None
    work_queue_id: UUID | None
    work_pool_name: str | None

    def has_run(self, run_id: UUID) -> bool:
        return run_id == self.run_id or not self.outside({run_id})

    def has_task_run(self, task_run_id: UUID) -> bool:
        """Return whether this task run exists and belongs to the run or to one of its subflows."""
        return self.has_task_runs({task_run_id})

    def has_task_runs(self, task_run_ids: Collection[UUID]) -> bool:
        """Return whether all of these task runs exist and belong to the run or to its subflows."""
        owners = self.owners_of(task_run_ids)
        return owners.keys() == set(task_run_ids) and None not in owners.values() and not self.outside(owners.values())

    def has_flow(self, flow_id: UUID) -> bool:
        """Return whether this is the flow of the run or of one of its subflows."""
        if flow_id == self.flow_id:
            return True
        return flow_runs().filter(workspace=self.workspace_id, flow=flow_id, id__in=self.family()).exists()

    def owners_of(self, task_run_ids: Collection[UUID]) -> dict[UUID, UUID | None]:
        """Return the flow run of each task run by the task run's id, without task runs that do not exist."""
        rows = _task_runs().filter(workspace=self.workspace_id, id__in=task_run_ids)
        return dict(rows.values_list("id", "flow_run_id"))

    def outside(self, run_ids: Collection[UUID | None]) -> set[UUID | None]:
        """Return the ids that are neither the run's nor one of its subflows'. None, for no run, is outside."""
        found: set[UUID | None] = set()
        # The given ids that are not decided yet, by the run or ancestor whose parent is looked up next.
        waiting: dict[UUID, set[UUID | None]] = {}
        for run_id in run_ids:
            if run_id is None:
                found.add(None)
            elif run_id != self.run_id:
                waiting.setdefault(run_id, set()).add(run_id)
        for _ in range(_DEEPEST):
            if not waiting:
                return found
            rows = flow_runs().filter(workspace=self.workspace_id, id__in=waiting)
            parents = dict(rows.values_list("id", "parent_task_run__flow_run"))
            above: dict[UUID, set[UUID | None]] = {}
            for run_id, asked in waiting.items():
                parent = parents.get(run_id)
                if parent is None:
                    found |= asked
                elif parent != self.run_id:
                    above.setdefault(parent, set()).update(asked)
            waiting = above
        return found.union(*waiting.values())

    def family(self) -> RawSQL:
        """Return a subquery with the ids of the run and of all of its subflows' runs."""
        flow_run, task_run = flow_runs().model._meta, _task_runs().model._meta
        own = flow_run.pk.get_db_prep_value(self.run_id, connection)
        return RawSQL(  # noqa: S611  the names are those of tables
            f"""WITH RECURSIVE family(id) AS (
                SELECT own.id FROM {flow_run.db_table} own WHERE own.id = %s
                UNION
                SELECT child.id FROM family
                JOIN {task_run.db_table} task ON task.flow_run_id = family.id
                JOIN {flow_run.db_table} child ON child.parent_task_run_id = task.id
            ) SELECT family.id FROM family""",  # noqa: S608
            [own],
        )


# A check of a request's path, given its parts: do the objects that it names belong to the run?
Admission = Callable[[RunBounds, Mapping[str, Any]], bool]


def anything(run: RunBounds, path: Mapping[str, Any]) -> bool:
    """Admit any path: it names no object of the workspace, or the endpoint checks the object itself."""
    return True


def own_run(run: RunBounds, path: Mapping[str, Any]) -> bool:
    return run.has_run(path["id"])


def own_task_run(run: RunBounds, path: Mapping[str, Any]) -> bool:
    return run.has_task_run(path["id"])


def own_flow(run: RunBounds, path: Mapping[str, Any]) -> bool:
    return run.has_flow(path["id"])


def own_deployment(run: RunBounds, path: Mapping[str, Any]) -> bool:
    return bool(path["id"] == run.deployment_id)


def own_queue(run: RunBounds, path: Mapping[str, Any]) -> bool:
    return bool(path["id"] == run.work_queue_id)


def own_pool(run: RunBounds, path: Mapping[str, Any]) -> bool:
    return bool(path["name"] == run.work_pool_name)


def flow_runs() -> QuerySet[Any]:
    """Return all flow runs, of all workspaces. Their app is on a higher floor, so it cannot be imported here."""
    rows: QuerySet[Any] = RunKey._meta.get_field("flow_run").related_model._default_manager.all()
    return rows


def _task_runs() -> QuerySet[Any]:
    """Return all task runs, as `flow_runs` does."""
    rows: QuerySet[Any] = flow_runs().model._meta.get_field("parent_task_run").related_model._default_manager.all()
    return rows
