"""The filters of work pools and their queues."""

import builtins
from functools import reduce
from operator import or_
from typing import Annotated

from django.db.models import Model, Q
from pydantic import Field

from core.rest.filters import NOTHING, Combined, Exact, Ids, joined
from core.rest.shapes import LikeText

MOST_STARTS = 100


class WorkPoolFilter(Combined):
    id: Ids | None = None
    name: Exact | None = None
    type: Exact | None = None

    def q(self, model: builtins.type[Model]) -> Q:
        parts = {"id": self.id, "name": self.name, "type": self.type}
        return joined(self.operator, [part.q(column) for column, part in parts.items() if part is not None])


class NamesByStart(Exact):
    # Few, because the database compares each with every name.
    startswith_: Annotated[list[LikeText], Field(fail_fast=True, max_length=MOST_STARTS)] | None = None

    def q(self, column: str) -> Q:
        found = super().q(column)
        if self.startswith_ is None:
            return found
        return found & reduce(or_, (Q(**{f"{column}__istartswith": start}) for start in self.startswith_), NOTHING)


class WorkQueueFilter(Combined):
    id: Ids | None = None
    name: NamesByStart | None = None

    def q(self, model: type[Model]) -> Q:
        parts = {"id": self.id, "name": self.name}
        return joined(self.operator, [part.q(column) for column, part in parts.items() if part is not None])
