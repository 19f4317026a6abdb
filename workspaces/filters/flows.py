from django.db.models import Exists, Model, Q

from core.rest.filters import AllTags, Combined, IdsOrNot, Names, joined
from workspaces.filters.paths import related_rows


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
        if self.deployment and self.deployment.is_null_ is not None:
            deployed = Q(Exists(related_rows(model, "deployments")))
            conditions.append(~deployed if self.deployment.is_null_ else deployed)
        return joined(self.operator, conditions)
