"""Endpoints that acquire, renew and release slots."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.db.ids import new_id
from core.errors import Forbidden, NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.openapi import Problem
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.concurrency import schemas
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.concurrency.services.slots import (
    RATE_LIMIT,
    Acquired,
    Holder,
    acquire_slots,
    is_lease_of_run,
    release_by_number,
    release_lease,
    renew_lease,
)
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import RunBounds, anything

_NO_LEASE = "Lease not found - it may have expired or been revoked"


class IncrementView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}
    run_keys = {"POST": anything}

    @describe(
        "bulk_increment_active_slots",
        body=schemas.AcquireByNumber,
        answers={200: list[schemas.MinimalLimit], 423: Problem},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take slots that the client gives back by their number."""
        body = self.body(schemas.AcquireByNumber)
        if self.access.run is not None and body.mode != RATE_LIMIT:
            # They would not come back when the run ends.
            raise Forbidden("The key of a flow run takes slots with a lease, or of a rate limit.")
        acquired = acquire_slots(self.workspace, body.names, body.slots, mode=body.mode, by_number=True)
        return Answer(_granted(acquired))


class IncrementWithLeaseView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}
    run_keys = {"POST": anything}

    @describe(
        "bulk_increment_active_slots_with_lease",
        body=schemas.AcquireWithLease,
        answers={200: schemas.Lease, 423: Problem},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take slots for as long as the client renews the lease."""
        body = self.body(schemas.AcquireWithLease)
        if self.access.run is not None and body.holder is not None:
            _check_holder(self.access.run, body.holder)
        acquired = acquire_slots(
            self.workspace,
            body.names,
            body.slots,
            lifetime=timedelta(seconds=body.lease_duration),
            mode=body.mode,
            holder=Holder(body.holder.type, body.holder.id) if body.holder else None,
            run_id=self.access.run.run_id if self.access.run else None,
        )
        limits = _granted(acquired)
        return Answer({"lease_id": acquired.lease_id or new_id(), "limits": limits})


class DecrementView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}

    @describe("bulk_decrement_active_slots", body=schemas.Release, answers={200: list[schemas.MinimalLimit]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.Release)
        limits = release_by_number(self.workspace, body.names, body.slots, body.occupancy_seconds)
        return Answer(_minimal(limits))


class DecrementWithLeaseView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}
    run_keys = {"POST": anything}

    @describe("bulk_decrement_active_slots_with_lease", body=schemas.ReleaseLease, answers={204: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        lease_id = self.body(schemas.ReleaseLease).lease_id
        if self.access.run is not None and not is_lease_of_run(self.workspace, lease_id, self.access.run.run_id):
            raise NotFound
        release_lease(self.workspace, lease_id)
        return NoContent()


class RenewLeaseView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_CONCURRENCY_LIMITS}
    run_keys = {"POST": anything}

    @describe("renew_concurrency_lease", body=schemas.RenewLease, answers={204: None, 410: Problem})
    def post(self, request: Request, lease_id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.RenewLease, optional=True)
        run = self.access.run
        if run is not None and not is_lease_of_run(self.workspace, lease_id, run.run_id):
            raise ApiError(410, _NO_LEASE)  # as for leases that do not exist
        if not renew_lease(self.workspace, lease_id, timedelta(seconds=body.lease_duration)):
            raise ApiError(410, _NO_LEASE)
        return NoContent()


def _check_holder(run: RunBounds, holder: schemas.Holder) -> None:
    """Raise `NotFound` if the key of a run names a holder of slots that does not belong to the run.

    A task run may be unknown yet: events report it.
    """
    if holder.type == "flow_run":
        belongs = run.has_run(holder.id)
    else:
        belongs = holder.type == "task_run" and not run.outside(set(run.owners_of([holder.id]).values()))
    if not belongs:
        raise NotFound


def _granted(acquired: Acquired) -> list[dict[str, Any]]:
    if acquired.lease_id is None:
        raise ApiError(423, "Locked", headers={"Retry-After": str(acquired.retry_after)})
    return _minimal(acquired.limits)


def _minimal(limits: Sequence[ConcurrencyLimit]) -> list[dict[str, Any]]:
    return [{"id": limit.id, "name": limit.name, "limit": limit.limit} for limit in limits]
