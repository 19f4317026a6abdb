from uuid import UUID

from django.db.models import DateTimeField, Model, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from core.rest.filters import (
    AnyTags,
    Combined,
    ExactOrNot,
    IdsOrNot,
    Names,
    OrNull,
    Times,
    TimesOrNull,
    joined,
    within,
)
from workspaces.filters.states import StateFilter
from workspaces.shapes import Values

# The start or, until then, the expected start. There is an index on this expression.
STARTED = Coalesce("start_time", "expected_start_time", output_field=DateTimeField())


class ParentRuns(Combined):
    any_: Values[UUID] | None = None


class Creators(Combined):
    id_: Values[UUID] | None = None
    type_: Values[str] | None = None
    is_null_: bool | None = None

    def q(self) -> Q:
        conditions = []
        if self.id_ is not None:
            conditions.append(within("created_by__id", [str(creator_id) for creator_id in self.id_]))
        if self.type_ is not None:
            conditions.append(within("created_by__type", self.type_))
        if self.is_null_ is not None:
            conditions.append(Q(created_by__isnull=self.is_null_))
        return joined(self.operator, conditions)


class FlowRunFilter(Combined):
    id: IdsOrNot | None = None
    name: Names | None = None
    tags: AnyTags | None = None
    deployment_id: OrNull[UUID] | None = None
    work_queue_name: OrNull[str] | None = None
    state: StateFilter | None = None
    flow_version: ExactOrNot | None = None
    start_time: TimesOrNull | None = None
    end_time: TimesOrNull | None = None
    expected_start_time: Times | None = None
    next_scheduled_start_time: Times | None = None
    parent_flow_run_id: ParentRuns | None = None
    parent_task_run_id: OrNull[UUID] | None = None
    idempotency_key: ExactOrNot | None = None
    created_by: Creators | None = None

    def q(self, model: type[Model]) -> Q:
        conditions = []
        if self.start_time:
            conditions.append(_start_time_q(self.start_time))
        if self.end_time:
            conditions.append(self.end_time.q("end_time"))
        if self.parent_flow_run_id and self.parent_flow_run_id.any_ is not None:
            conditions.append(within("parent_task_run__flow_run_id", self.parent_flow_run_id.any_))
        for column in ("id", "name", "flow_version", "idempotency_key", "deployment_id", "work_queue_name",
                       "expected_start_time", "next_scheduled_start_time", "parent_task_run_id"):  # fmt: skip
            part = getattr(self, column)
            if part is not None:
                conditions.append(part.q(column))
        conditions += [part.q() for part in (self.tags, self.state, self.created_by) if part is not None]
        return joined(self.operator, conditions)


def _start_time_q(times: TimesOrNull) -> Q:
    """Compare the bounds with the start or, until then, the expected start. `is_null_` is about the start only."""
    condition = Q() if times.is_null_ is None else Q(start_time__isnull=times.is_null_)
    if times.before_ is not None:
        condition &= Q(LessThanOrEqual(STARTED, times.before_))
    if times.after_ is not None:
        condition &= Q(GreaterThanOrEqual(STARTED, times.after_))
    return condition
