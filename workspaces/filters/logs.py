"""The filter of logs. `runs.log_matching` applies it to a line in memory."""

from uuid import UUID

from django.db.models import Model, Q
from pydantic import Field

from core.rest.filters import Combined, IdsOrNot, OrNull, Part, Times, joined
from workspaces.filters.text_search import text_q
from workspaces.shapes import Whole


class Levels(Part):
    ge_: Whole | None = None
    le_: Whole | None = None

    def q(self) -> Q:
        bounds = {"level__gte": self.ge_, "level__lte": self.le_}
        return Q(**{key: value for key, value in bounds.items() if value is not None})


class LogText(Part):
    query: str = Field(max_length=200)


class LogFilter(Combined):
    level: Levels | None = None
    timestamp: Times | None = None
    flow_run_id: IdsOrNot | None = None
    task_run_id: OrNull[UUID] | None = None
    text: LogText | None = None

    def q(self, model: type[Model]) -> Q:
        conditions = []
        if self.level:
            conditions.append(self.level.q())
        if self.timestamp:
            conditions.append(self.timestamp.q("timestamp"))
        if self.flow_run_id:
            conditions.append(self.flow_run_id.q("flow_run_id"))
        if self.task_run_id:
            conditions.append(self.task_run_id.q("task_run_id"))
        if self.text:
            conditions.append(text_q("message", self.text.query))
        return joined(self.operator, conditions)
