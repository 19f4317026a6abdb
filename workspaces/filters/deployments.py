from django.db.models import Exists, Model, Q
from pydantic import StrictBool

from core.rest.filters import AnyTags, Combined, Exact, IdsOrNot, Like, Names, Part, joined, like
from workspaces.filters.paths import related_rows
from workspaces.shapes import Whole


class Paused(Part):
    eq_: StrictBool | None = None


class LimitBounds(Combined):
    """Accepted and without effect, as in the Prefect server."""

    ge_: Whole | None = None
    le_: Whole | None = None
    is_null_: bool | None = None


class DeploymentFilter(Combined):
    id: IdsOrNot | None = None
    name: Names | None = None
    flow_or_deployment_name: Like | None = None
    paused: Paused | None = None
    tags: AnyTags | None = None
    work_queue_name: Exact | None = None
    concurrency_limit: LimitBounds | None = None

    def q(self, model: type[Model]) -> Q:
        conditions = []
        if self.id:
            conditions.append(self.id.q("id"))
        if self.name:
            conditions.append(self.name.q("name"))
        if self.flow_or_deployment_name:
            flows = related_rows(model, "flow").filter(like("name", self.flow_or_deployment_name.like_))
            conditions.append(self.flow_or_deployment_name.q("name") | Q(Exists(flows)))
        if self.paused and self.paused.eq_ is not None:
            conditions.append(Q(paused=self.paused.eq_))
        if self.tags:
            conditions.append(self.tags.q())
        if self.work_queue_name:
            conditions.append(self.work_queue_name.q("work_queue_name"))
        return joined(self.operator, conditions)
