"""Limits of tags. Prefect's older API speaks of tags; the limit of the tag `x` has the name `tag:x`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from auditlog.actors import Actor
from core.db.ids import new_id
from workspaces.audit import record_in
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.concurrency.services.lease_cap import check_lease_cap
from workspaces.concurrency.services.limits import create_limit, update_limit
from workspaces.concurrency.services.slots import BY_NUMBER_LIFETIME, lock_limits, release_leases, slots_in_use
from workspaces.models import Workspace

PREFIX = "tag:"
WAIT = timedelta(seconds=10)
TASK_RUN = "task_run"


@dataclass(frozen=True, slots=True)
class Exhausted(Exception):
    """The limit of a tag has no free slot. `never` means that it has no slots at all."""

    tag: str
    never: bool


def tag_limits(workspace: Workspace) -> QuerySet[ConcurrencyLimit]:
    """Return the workspace's limits of tags."""
    return workspace.concurrencylimits.filter(name__startswith=PREFIX)


@transaction.atomic
def set_tag_limit(workspace: Workspace, tag: str, slots: int, *, actor: Actor) -> tuple[ConcurrencyLimit, bool]:
    """Create or change the limit of a tag. Return it, and whether it is new."""
    existing = tag_limits(workspace).filter(name=PREFIX + tag).first()
    if existing is None:
        return create_limit(workspace, {"name": PREFIX + tag, "limit": slots}, actor=actor), True
    update_limit(existing, {"limit": slots}, actor=actor)
    existing.refresh_from_db()
    return existing, False


@transaction.atomic
def take_tag_slots(workspace: Workspace, tags: Collection[str], task_run_id: UUID) -> list[ConcurrencyLimit]:
    """Take a slot of each of the tags that have a limit, for a task run. A slot that it holds already is enough.

    Returns the limits in the order of the tags.

    Raises `Exhausted`, and takes none, if one of the limits is full; `Invalid` if the workspace has as many leases as
    it may have.
    """
    names = [PREFIX + tag for tag in tags]
    limits = [limit for limit in lock_limits(tag_limits(workspace).filter(name__in=names)) if limit.active]
    check_lease_cap(workspace, adding=len(limits))
    now = timezone.now()
    used = slots_in_use(limits, now)
    held = set(_held(workspace, limits, task_run_id).filter(expires__gt=now).values_list("limit", flat=True))
    for limit in limits:
        if limit.limit == 0 or (limit.id not in held and used.get(limit.id, 0) >= limit.limit):
            raise Exhausted(limit.name.removeprefix(PREFIX), never=limit.limit == 0)
    _add_leases([limit for limit in limits if limit.id not in held], [task_run_id])
    return _in_order(limits, names)


def release_tag_slots(workspace: Workspace, tags: Collection[str], task_run_id: UUID) -> list[ConcurrencyLimit]:
    """Release the slots that a task run holds of these tags. Returns the limits of the tags, in their order."""
    names = [PREFIX + tag for tag in tags]
    limits = list(tag_limits(workspace).filter(name__in=names))
    release_leases(_held(workspace, limits, task_run_id))
    return _in_order(limits, names)


def _in_order(limits: Sequence[ConcurrencyLimit], names: Sequence[str]) -> list[ConcurrencyLimit]:
    places = {name: place for place, name in enumerate(names)}
    return sorted(limits, key=lambda limit: places[limit.name])


@transaction.atomic
def reset_tag_limit(limit: ConcurrencyLimit, task_run_ids: Sequence[UUID], *, actor: Actor) -> None:
    """Release all slots of a tag, then give one to each of the task runs.

    Raises `Invalid` if the workspace would have more leases than it may have.
    """
    list(lock_limits(ConcurrencyLimit.objects.filter(id=limit.id)))
    Lease.objects.filter(limit=limit).delete()
    check_lease_cap(limit.workspace, adding=len(task_run_ids))
    _add_leases([limit], task_run_ids)
    record_in(limit.workspace, "concurrency-limit.reset", actor=actor, object_id=limit.id, object_name=limit.name)


def _held(workspace: Workspace, limits: Sequence[ConcurrencyLimit], task_run_id: UUID) -> QuerySet[Lease]:
    return Lease.objects.filter(workspace=workspace, limit__in=limits, holder_type=TASK_RUN, holder_id=task_run_id)


def _add_leases(limits: Sequence[ConcurrencyLimit], task_run_ids: Sequence[UUID]) -> None:
    """Give each task run a slot of each limit, which it does not renew."""
    now = timezone.now()
    Lease.objects.bulk_create(
        Lease(
            workspace_id=limit.workspace_id,
            lease_id=new_id(),
            limit=limit,
            by_number=True,
            holder_type=TASK_RUN,
            holder_id=task_run_id,
            created=now,
            expires=now + BY_NUMBER_LIFETIME,
        )
        for limit in limits
        for task_run_id in task_run_ids
    )
