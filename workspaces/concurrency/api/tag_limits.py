"""Endpoints of Prefect's older API, in which limits are about tags of task runs."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.openapi import Problem
from core.rest.responses import Answer
from rbac import scopes
from workspaces.concurrency import schemas
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.concurrency.services.limits import delete_limit, find_limit
from workspaces.concurrency.services.tag_limits import (
    PREFIX,
    TASK_RUN,
    WAIT,
    Exhausted,
    release_tag_slots,
    reset_tag_limit,
    set_tag_limit,
    tag_limits,
    take_tag_slots,
)
from workspaces.filters.paging import window
from workspaces.rest import WorkspaceView

NOT_FOUND = "Concurrency limit not found"


class TagLimitsView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe(
        "create_concurrency_limit",
        body=schemas.TagLimitCreate,
        answers={200: schemas.TagLimit, 201: schemas.TagLimit},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.TagLimitCreate)
        limit, new = set_tag_limit(self.workspace, body.tag, body.concurrency_limit, actor=self.actor)
        return Answer(_serialized([limit])[0], status=201 if new else 200)


class _OneTagLimitView(WorkspaceView):
    def limit(self) -> ConcurrencyLimit:
        if "tag" in self.kwargs:
            return find_limit(self.workspace, name=PREFIX + self.kwargs["tag"], missing=NOT_FOUND)
        return find_limit(self.workspace, id=self.kwargs["id"], name__startswith=PREFIX, missing=NOT_FOUND)


class TagLimitView(_OneTagLimitView):
    required_scopes = {"GET": scopes.SEE_CONCURRENCY_LIMITS, "DELETE": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("read_concurrency_limit", answers={200: schemas.TagLimit})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(_serialized([self.limit()])[0])

    @describe("delete_concurrency_limit", answers={200: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        delete_limit(self.limit(), actor=self.actor)
        return Answer(None)


class TagLimitByTagView(_OneTagLimitView):
    required_scopes = {"GET": scopes.SEE_CONCURRENCY_LIMITS, "DELETE": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("read_concurrency_limit_by_tag", answers={200: schemas.TagLimit})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(_serialized([self.limit()])[0])

    @describe("delete_concurrency_limit_by_tag", answers={200: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        delete_limit(self.limit(), actor=self.actor)
        return Answer(None)


class ResetTagLimitView(_OneTagLimitView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("reset_concurrency_limit_by_tag", body=schemas.ResetTagLimit, answers={200: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.ResetTagLimit, optional=True)
        reset_tag_limit(self.limit(), body.slot_override or [], actor=self.actor)
        return Answer(None)


class TagLimitsFilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_CONCURRENCY_LIMITS}

    @describe("read_concurrency_limits", body=schemas.LimitsFilter, answers={200: list[schemas.TagLimit]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        rows = tag_limits(self.workspace).order_by("name")
        return Answer(_serialized(list(rows[window(self.body(schemas.LimitsFilter, optional=True))])))


class IncrementTagsView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe(
        "increment_concurrency_limits_v1",
        body=schemas.TagSlots,
        answers={200: list[schemas.MinimalLimit], 423: Problem},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.TagSlots)
        try:
            limits = take_tag_slots(self.workspace, body.names, body.task_run_id)
        except Exhausted as exhausted:
            raise _locked(exhausted) from None
        return Answer(
            [{"id": limit.id, "name": limit.name.removeprefix(PREFIX), "limit": limit.limit} for limit in limits]
        )


class DecrementTagsView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("decrement_concurrency_limits_v1", body=schemas.TagSlots, answers={200: list[schemas.MinimalLimit]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.TagSlots)
        limits = release_tag_slots(self.workspace, body.names, body.task_run_id)
        return Answer([{"id": limit.id, "name": limit.name, "limit": limit.limit} for limit in limits])


def _locked(exhausted: Exhausted) -> ApiError:
    if exhausted.never:
        return ApiError(
            423,
            f'The concurrency limit on tag "{exhausted.tag}" is 0 and will deadlock if the task tries to run again.',
        )
    text = f"Concurrency limit for the {exhausted.tag} tag has been reached"
    return ApiError(423, text, headers={"Retry-After": str(WAIT.total_seconds())})


def _serialized(limits: list[ConcurrencyLimit]) -> list[dict[str, Any]]:
    leases = Lease.objects.filter(limit__in=limits, holder_type=TASK_RUN, expires__gt=timezone.now())
    holders: dict[UUID, list[UUID]] = defaultdict(list)
    for limit_id, holder_id in leases.order_by("created", "id").values_list("limit", "holder_id"):
        if holder_id is not None:
            holders[limit_id].append(holder_id)
    return [
        {
            "id": limit.id,
            "created": limit.created,
            "updated": limit.updated,
            "tag": limit.name.removeprefix(PREFIX),
            "concurrency_limit": limit.limit,
            "active_slots": holders[limit.id],
        }
        for limit in limits
    ]
