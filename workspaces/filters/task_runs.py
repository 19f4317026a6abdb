from uuid import UUID

from django.db.models import Exists, Model, Q

from core.rest.filters import AllTags, Combined, IdsOrNot, Names, Part, Times, TimesOrNull, joined, within
from workspaces.filters.paths import related_rows
from workspaces.filters.states import StateFilter
from workspaces.shapes import Values


class SubflowRuns(Part):
    exists_: bool | None = None


class TaskRunFlowRuns(Combined):
    any_: Values[UUID] | None = None
    is_null_: bool | None = False

    def q(self) -> Q:
        conditions = [] if self.any_ is None else [within("flow_run_id", self.any_)]
        if self.any_ is None or ("is_null_" in self.model_fields_set and self.is_null_ is not None):
            conditions.append(Q(flow_run_id__isnull=bool(self.is_null_)))
        return joined(self.operator, conditions)


class TaskRunFilter(Combined):
    id: IdsOrNot | None = None
    name: Names | None = None
    tags: AllTags | None = None
    state: StateFilter | None = None
    start_time: TimesOrNull | None = None
    end_time: TimesOrNull | None = None
    expected_start_time: Times | None = None
    subflow_runs: SubflowRuns | None = None
    flow_run_id: TaskRunFlowRuns | None = None

    def q(self, model: type[Model]) -> Q:
        conditions = []
        for column in ("id", "name", "start_time", "end_time", "expected_start_time"):
            part = getattr(self, column)
            if part is not None:
                conditions.append(part.q(column))
        conditions += [part.q() for part in (self.tags, self.state, self.flow_run_id) if part is not None]
        if self.subflow_runs and self.subflow_runs.exists_ is not None:
            exists = Exists(related_rows(model, "subflow_runs"))
            conditions.append(Q(exists) if self.subflow_runs.exists_ else ~Q(exists))
        return joined(self.operator, conditions)
