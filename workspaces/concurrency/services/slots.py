"""Acquire, renew and release slots.

Each change locks the rows of the limits first, in the order of their ids, so that no limit is exceeded and no two
changes wait for each other.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from core.db.ids import new_id
from core.errors import Invalid
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.concurrency.services.lease_cap import check_lease_cap
from workspaces.concurrency.waiting import note_denied, note_occupancy, retry_after
from workspaces.models import Workspace

RATE_LIMIT = "rate_limit"
# For slots that clients take without a lease, and may hold for as long as a run takes.
BY_NUMBER_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds slots."""

    type: str  # flow_run, task_run or deployment
    id: UUID


@dataclass(frozen=True, slots=True)
class Acquired:
    """The result of asking for slots. Without a lease id they were refused: try again after `retry_after` seconds."""

    limits: Sequence[ConcurrencyLimit]
    lease_id: UUID | None
    retry_after: float = 0.0


@transaction.atomic
def acquire_slots(
    workspace: Workspace,
    names: Collection[str],
    slots: int,
    *,
    lifetime: timedelta = BY_NUMBER_LIFETIME,
    mode: str = "concurrency",
    holder: Holder | None = None,
    by_number: bool = False,
    run_id: UUID | None = None,
) -> Acquired:
    """Take slots of all limits with these names, or of none. Names without a limit and inactive limits are ignored.

    Raises `Invalid` if a limit has fewer slots than that, if the mode is "rate_limit" and one is no rate limit, or if
    the workspace has as many leases as it may have. `run_id` is the flow run that takes the slots with its own key.
    """
    limits = list(lock_limits(ConcurrencyLimit.objects.filter(workspace=workspace, name__in=names)))
    check_lease_cap(workspace, adding=len(limits))
    return _acquire(workspace, limits, slots, lifetime, mode, holder, by_number, run_id)


@transaction.atomic
def acquire_of_limit(workspace: Workspace, limit_id: UUID, *, lifetime: timedelta, holder: Holder) -> Acquired:
    """Take one slot of the limit with this id, if it is active."""
    limits = list(lock_limits(ConcurrencyLimit.objects.filter(workspace=workspace, id=limit_id)))
    return _acquire(workspace, limits, 1, lifetime, "concurrency", holder, False)


def renew_lease(workspace: Workspace, lease_id: UUID, lifetime: timedelta, *, holder: Holder | None = None) -> bool:
    """Let a lease expire after `lifetime` from now. Returns False if it has expired or does not exist.

    With a `holder` only a lease of this holder is found.
    """
    now = timezone.now()
    live = Lease.objects.filter(workspace=workspace, lease_id=lease_id, expires__gt=now)
    if holder is not None:
        live = live.filter(holder_type=holder.type, holder_id=holder.id)
    return live.update(expires=now + lifetime) > 0


def release_lease(workspace: Workspace, lease_id: UUID) -> bool:
    """Release the slots of a lease. Returns False if it does not exist, for instance because it was released."""
    return release_leases(Lease.objects.filter(workspace=workspace, lease_id=lease_id)) > 0


@transaction.atomic
def release_leases(leases: QuerySet[Lease]) -> int:
    """Delete leases, and return how many there were. The slots of each are released once."""
    limit_ids = list(leases.order_by().values_list("limit", flat=True).distinct())
    limits = {limit.id: limit for limit in lock_limits(ConcurrencyLimit.objects.filter(id__in=limit_ids))}
    now = timezone.now()
    gone = list(leases.filter(limit__in=limits))
    for lease in gone:
        limit = limits[lease.limit_id]
        if lease.expires > now and not lease.by_number:
            note_occupancy(limit, (now - lease.created).total_seconds(), lease.slots)
        if limit.is_rate_limit:
            _set_rate(limit, limit.rate_used(now) - lease.slots, now)
    Lease.objects.filter(id__in=[lease.id for lease in gone]).delete()
    _save_use(limits.values())
    return len(gone)


@transaction.atomic
def release_by_number(
    workspace: Workspace, names: Collection[str], slots: int, occupancy_seconds: float | None
) -> list[ConcurrencyLimit]:
    """Release slots that were taken without a lease, the oldest first. Slots of leases stay, which are others' slots.

    Returns the limits with these names.
    """
    limits = list(lock_limits(ConcurrencyLimit.objects.filter(workspace=workspace, name__in=names)))
    now = timezone.now()
    for limit in limits:
        if not limit.active:
            continue
        if occupancy_seconds:
            note_occupancy(limit, occupancy_seconds, slots)
        if limit.is_rate_limit:
            _set_rate(limit, limit.rate_used(now) - slots, now)
        else:
            remove_slots(Lease.objects.filter(limit=limit, by_number=True), slots)
    _save_use(limits)
    return limits


def remove_slots(leases: QuerySet[Lease], slots: int) -> None:
    """Remove this number of slots from leases of a locked limit, the oldest first."""
    for lease in leases.order_by("created", "id"):
        if slots <= 0:
            return
        if lease.slots <= slots:
            lease.delete()
        else:
            lease.slots -= slots
            lease.save(update_fields=["slots"])
            return
        slots -= lease.slots


def is_lease_of_run(workspace: Workspace, lease_id: UUID, run_id: UUID) -> bool:
    """Return whether a flow run holds the lease, or has taken it with its own key. False if there is no such lease."""
    held = Q(run_id=run_id) | Q(holder_type="flow_run", holder_id=run_id)
    return Lease.objects.filter(held, workspace=workspace, lease_id=lease_id).exists()


def slots_in_use(limits: Collection[ConcurrencyLimit], now: datetime) -> dict[UUID, int]:
    """Return the number of slots in use, by the id of the limit."""
    rows = Lease.objects.filter(limit__in=limits, expires__gt=now).order_by().values("limit")
    used: dict[UUID, int] = defaultdict(int, rows.annotate(used=Sum("slots")).values_list("limit", "used"))
    used |= {limit.id: limit.rate_slots(now) for limit in limits if limit.is_rate_limit}
    return used


def lock_limits(limits: QuerySet[ConcurrencyLimit]) -> QuerySet[ConcurrencyLimit]:
    """Lock limits until the transaction ends, in the order of their ids."""
    return limits.select_for_update(no_key=True).order_by("id")


def _acquire(
    workspace: Workspace,
    limits: list[ConcurrencyLimit],
    slots: int,
    lifetime: timedelta,
    mode: str,
    holder: Holder | None,
    by_number: bool,
    run_id: UUID | None = None,
) -> Acquired:
    active = [limit for limit in limits if limit.active]
    _check_request(active, slots, mode)
    now = timezone.now()
    used = slots_in_use(active, now)
    if any(used.get(limit.id, 0) + slots > limit.limit for limit in active):
        for limit in active:
            note_denied(limit, slots, now)
        ConcurrencyLimit.objects.bulk_update(active, ["denied_slots", "denied_at"])
        return Acquired(limits, None, retry_after(active, slots))
    lease_id = new_id()
    Lease.objects.bulk_create(
        Lease(
            workspace=workspace,
            lease_id=lease_id,
            limit=limit,
            slots=slots,
            by_number=by_number,
            holder_type=holder.type if holder else "",
            holder_id=holder.id if holder else None,
            run_id=run_id,
            created=now,
            expires=now + lifetime,
        )
        for limit in active
        if not (by_number and limit.is_rate_limit)  # its slots come back by themselves
    )
    rate_limits = [limit for limit in active if limit.is_rate_limit]
    for limit in rate_limits:
        _set_rate(limit, limit.rate_used(now) + slots, now)
    _save_use(rate_limits)
    return Acquired(limits, lease_id)


def _check_request(active: Sequence[ConcurrencyLimit], slots: int, mode: str) -> None:
    if any(limit.limit < slots for limit in active):
        raise Invalid("Slots requested is greater than the limit")
    lasting = ",".join(limit.name for limit in active if not limit.is_rate_limit)
    if mode == RATE_LIMIT and lasting:
        raise Invalid(
            "Only concurrency limits with slot decay can be used for rate limiting. "
            f"The following limits do not have a decay configured: {lasting!r}"
        )


def _set_rate(limit: ConcurrencyLimit, used: float, now: datetime) -> None:
    limit.used_slots, limit.used_at = max(0.0, used), now


def _save_use(limits: Collection[ConcurrencyLimit]) -> None:
    if limits:
        ConcurrencyLimit.objects.bulk_update(limits, ["used_slots", "used_at", "avg_slot_occupancy_seconds"])
