from django.db.models import Q

from core.rest.filters import Combined, ExactOrNot, Part, joined, within
from workspaces.shapes import StateType, Values


class StateTypes(Part):
    any_: Values[StateType] | None = None
    not_any_: Values[StateType] | None = None


class StateFilter(Combined):
    """The filter of the current state of flow runs and task runs, whose columns have the same names."""

    type: StateTypes | None = None
    name: ExactOrNot | None = None

    def q(self) -> Q:
        conditions = []
        if self.type:
            conditions.append(within("state_type", self.type.any_, self.type.not_any_))
        if self.name:
            conditions.append(self.name.q("state_name"))
        return joined(self.operator, conditions)
