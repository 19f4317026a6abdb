from django.db.models import Model, Q

from core.rest.filters import NOTHING, AllTags, Combined, IdsOrNot, Names, joined


class DeploymentIsNull(Combined):
    is_null_: bool | None = None


class FlowFilter(Combined):
    id: IdsOrNot | None = None
    name: Names | None = None
    tags: AllTags | None = None
    deployment: DeploymentIsNull | None = None

    def q(self, model: type[Model]) -> Q:
        conditions = []
        if self.id:
            conditions.append(self.id.q("id"))
        if self.name:
            conditions.append(self.name.q("name"))
        if self.tags:
            conditions.append(self.tags.q())
        if self.deployment and self.deployment.is_null_ is False:
            conditions.append(NOTHING)  # deployments do not exist yet, so no flow has one
        return joined(self.operator, conditions)
