"""Requests with filters of several nouns: a row matches if it has a matching related row of each noun."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from django.db.models import Exists, Model, Q, QuerySet

from workspaces.filters.deployments import DeploymentFilter
from workspaces.filters.flow_runs import FlowRunFilter
from workspaces.filters.flows import FlowFilter
from workspaces.filters.paths import PATHS, related_rows
from workspaces.filters.task_runs import TaskRunFilter
from workspaces.filters.work_pools import WorkPoolFilter, WorkQueueFilter
from workspaces.shapes import Filter

Row = TypeVar("Row", bound=Model)


class NounFilter(Protocol):
    def q(self, model: type[Model]) -> Q: ...


class RelatedFilters(Filter):
    """A body with filters of several nouns."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    # The same noun: most endpoints of the contract take one of the names.
    work_pool_queues: WorkQueueFilter | None = None
    work_queues: WorkQueueFilter | None = None


def matching(rows: QuerySet[Row], noun: str, body: Filter, workspace: Model) -> QuerySet[Row]:
    """Return the rows of a noun that match the body's filters of this noun and of all others.

    Related rows must belong to the workspace as well.
    """
    own: NounFilter | None = getattr(body, noun)
    conditions: list[Q | Exists] = [] if own is None else [own.q(rows.model)]
    if isinstance(body, RelatedFilters):
        others = {name: getattr(body, name) for name in RelatedFilters.model_fields if name != noun}
        given = {name: noun_filter for name, noun_filter in others.items() if noun_filter is not None}
        if not given.keys() <= PATHS[noun].keys():
            return rows.none()
        with_paths = [(PATHS[noun][name], noun_filter) for name, noun_filter in given.items()]
        conditions += _exists_conditions(rows.model, with_paths, workspace)
    return rows.filter(*conditions) if conditions else rows


def _exists_conditions(
    model: type[Model], with_paths: Sequence[tuple[str, NounFilter]], workspace: Model
) -> list[Exists]:
    """Return one condition for each first step of the paths. Paths that begin with the same step share it."""
    steps: dict[str, list[tuple[str, NounFilter]]] = {}
    for path, noun_filter in with_paths:
        step, _, rest = path.partition("__")
        steps.setdefault(step, []).append((rest, noun_filter))
    exists = []
    for step, filters in steps.items():
        rows = related_rows(model, step)
        conditions: list[Q | Exists] = [noun_filter.q(rows.model) for rest, noun_filter in filters if not rest]
        conditions += _exists_conditions(rows.model, [pair for pair in filters if pair[0]], workspace)
        exists.append(Exists(rows.filter(*conditions, workspace=workspace)))
    return exists
