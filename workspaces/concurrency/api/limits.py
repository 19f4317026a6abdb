"""Endpoints of concurrency limits."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from core.errors import Conflict, Taken
from core.rest.descriptions import describe
from core.rest.errors import INTEGRITY_CONFLICT
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.concurrency import schemas
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.concurrency.services.limits import create_limit, delete_limit, find_limit, update_limit
from workspaces.concurrency.services.slots import slots_in_use
from workspaces.filters.paging import window
from workspaces.rest import WorkspaceView

_FIELDS = ("id", "created", "updated", "active", "name", "limit", "slot_decay_per_second")


class LimitsView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("create_concurrency_limit_v2", body=schemas.LimitCreate, answers={201: schemas.NewLimit})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.LimitCreate)
        try:
            limit = create_limit(self.workspace, body.model_dump(), actor=self.actor)
        except Taken:
            raise Conflict(INTEGRITY_CONFLICT) from None
        more = {
            "denied_slots": int(limit.denied_slots),
            "avg_slot_occupancy_seconds": limit.avg_slot_occupancy_seconds,
        }
        return Answer(_serialized([limit])[0] | more, status=201)


class LimitView(WorkspaceView):
    """An endpoint of a limit, which the URL names by id or by name."""

    required_scopes = {
        "GET": scopes.SEE_CONCURRENCY_LIMITS,
        "PATCH": scopes.MANAGE_CONCURRENCY_LIMITS,
        "DELETE": scopes.MANAGE_CONCURRENCY_LIMITS,
    }

    def limit(self) -> ConcurrencyLimit:
        id_or_name: str = self.kwargs["id_or_name"]
        try:
            return find_limit(self.workspace, id=UUID(id_or_name))
        except ValueError:
            return find_limit(self.workspace, name=id_or_name)

    @describe("read_concurrency_limit_v2", answers={200: schemas.Limit})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(_serialized([self.limit()])[0])

    @describe("update_concurrency_limit_v2", body=schemas.LimitUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        changes = self.body(schemas.LimitUpdate).model_dump(exclude_unset=True)
        limit = self.limit()
        # The Prefect server leaves nulls to its database, and responds as to any broken constraint.
        if None in changes.values():
            raise Conflict(INTEGRITY_CONFLICT)
        try:
            update_limit(limit, changes, actor=self.actor)
        except Taken:
            raise Conflict(INTEGRITY_CONFLICT) from None
        return NoContent()

    @describe("delete_concurrency_limit_v2", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        delete_limit(self.limit(), actor=self.actor)
        return NoContent()


class LimitsFilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_CONCURRENCY_LIMITS}

    @describe("read_all_concurrency_limits_v2", body=schemas.LimitsFilter, answers={200: list[schemas.Limit]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        rows: QuerySet[ConcurrencyLimit] = self.workspace.concurrencylimits.order_by("name")
        return Answer(_serialized(list(rows[window(self.body(schemas.LimitsFilter, optional=True))])))


def _serialized(limits: list[ConcurrencyLimit]) -> list[dict[str, Any]]:
    used = slots_in_use(limits, timezone.now())
    return [
        {**{field: getattr(limit, field) for field in _FIELDS}, "active_slots": used.get(limit.id, 0)}
        for limit in limits
    ]
