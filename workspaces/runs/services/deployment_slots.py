"""The slots that runs take of their deployment's concurrency limit.

Everything happens in the transaction of the state change, which has locked the run. A run releases its slots when it
leaves the states in which it takes one, whatever its lease is by then.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.errors import Invalid
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.concurrency.services.slots import (
    BY_NUMBER_LIFETIME,
    Holder,
    acquire_of_limit,
    release_leases,
    renew_lease,
    slots_in_use,
)
from workspaces.deployments.models import Deployment
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.orchestration.slots import (
    FULL,
    LEASE,
    NO_DEPLOYMENT,
    NO_LIMIT,
    NONE_AT_ALL,
    TAKEN,
    ClientVersion,
    SlotResult,
    renews_leases,
)
from workspaces.runs.states import CANCELLING, PENDING, RUNNING

FLOW_RUN = "flow_run"
TAKES_SLOT = frozenset({PENDING, RUNNING, CANCELLING})
_FIRST_LEASE = timedelta(seconds=300)
CANCEL_NEW = "CANCEL_NEW"


class SlotsOfDeployment:
    """The slots of the deployment of one locked run."""

    def __init__(self, workspace: Workspace, run_id: UUID, deployment_id: UUID) -> None:
        self._workspace, self._run_id, self._deployment_id = workspace, run_id, deployment_id
        self._taken: str | None = None

    def take(self) -> SlotResult:
        """Take a slot for the run."""
        deployment = self._deployment()
        return SlotResult(NO_DEPLOYMENT) if deployment is None else self._take(deployment)

    def keep(self, lease_id: str) -> SlotResult:
        """Renew the lease of the run's slot, or take another slot if it has expired."""
        deployment = self._deployment()
        if deployment is None or deployment.concurrency_limit is None:
            return SlotResult(NO_LIMIT)
        # Clients can send any id of a lease, so it may be that of another run.
        own = Holder(FLOW_RUN, self._run_id)
        if renew_lease(self._workspace, UUID(lease_id), _first_lease(deployment), holder=own):
            return SlotResult(TAKEN, lease_id)
        return self._take(deployment)

    def look(self) -> SlotResult:
        """Return `FULL` if there is a limit without a free slot, else `NO_LIMIT`."""
        deployment = self._deployment()
        limit = deployment.concurrency_limit if deployment else None
        if deployment is None or limit is None or not limit.active:
            return SlotResult(NO_LIMIT)
        full = slots_in_use([limit], timezone.now()).get(limit.id, 0) >= limit.limit
        return SlotResult(FULL if full else NO_LIMIT, cancels_new=_cancels_new(deployment))

    def release_unused(self, stored: RunState | None) -> None:
        """Release the slot that was taken if another rule has decided that the run does not get it."""
        if self._taken is not None and (stored is None or stored.details[LEASE] != self._taken):
            release_leases(Lease.objects.filter(workspace=self._workspace, lease_id=UUID(self._taken)))

    def _take(self, deployment: Deployment) -> SlotResult:
        limit = deployment.concurrency_limit
        if limit is None:
            return SlotResult(NO_LIMIT)
        if limit.limit == 0:
            return SlotResult(NONE_AT_ALL)
        # Slots that the run may still have, for instance of a state that somebody forced.
        release_slots(self._workspace, self._run_id)
        try:
            acquired = acquire_of_limit(
                self._workspace, limit.id, lifetime=_first_lease(deployment), holder=Holder(FLOW_RUN, self._run_id)
            )
        except Invalid:  # the limit has become 0 meanwhile
            return SlotResult(NONE_AT_ALL)
        if acquired.lease_id is None:
            return SlotResult(FULL, cancels_new=_cancels_new(deployment))
        self._taken = str(acquired.lease_id)
        return SlotResult(TAKEN, self._taken)

    def _deployment(self) -> Deployment | None:
        rows = Deployment.objects.select_related("concurrency_limit")
        rows = rows.only("id", "concurrency_options", *(f"concurrency_limit__{name}" for name in _LIMIT_FIELDS))
        return rows.filter(workspace=self._workspace, id=self._deployment_id).first()


_LIMIT_FIELDS = [field.name for field in ConcurrencyLimit._meta.concrete_fields]


def slots_of(workspace: Workspace, run: FlowRun) -> SlotsOfDeployment | None:
    """Return the slots of the run's deployment, or None if the run is of no deployment."""
    return None if run.deployment_id is None else SlotsOfDeployment(workspace, run.id, run.deployment_id)


def follow_state(
    workspace: Workspace, run: FlowRun, current: RunState | None, stored: RunState, client: ClientVersion | None
) -> None:
    """Release the run's slots if it no longer takes one (rule 17), or keep them for a client that renews no leases."""
    if run.deployment_id is None or current is None or current.type not in TAKES_SLOT:
        return
    if stored.type not in TAKES_SLOT:
        release_slots(workspace, run.id)
    elif current.type == PENDING and stored.type != PENDING and current.details[LEASE] and not renews_leases(client):
        own = Holder(FLOW_RUN, run.id)
        renew_lease(workspace, UUID(current.details[LEASE]), BY_NUMBER_LIFETIME, holder=own)


def release_slots(workspace: Workspace, run_id: UUID) -> None:
    """Release all slots that a run holds. Nothing happens if they were released before."""
    held = Lease.objects.filter(workspace=workspace, holder_type=FLOW_RUN, holder_id=run_id)
    if held.exists():
        release_leases(held)


def _options(deployment: Deployment) -> dict[str, Any]:
    return deployment.concurrency_options or {}


def _cancels_new(deployment: Deployment) -> bool:
    return _options(deployment).get("collision_strategy") == CANCEL_NEW


def _first_lease(deployment: Deployment) -> timedelta:
    seconds = _options(deployment).get("grace_period_seconds")
    return _FIRST_LEASE if seconds is None else timedelta(seconds=seconds)
