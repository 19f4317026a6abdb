"""Create, change and delete concurrency limits. Each change writes an audit entry and Prefect's event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.ids import new_id
from core.db.unique import refuse_taken
from core.errors import NotFound
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.concurrency.services.slots import BY_NUMBER_LIFETIME, lock_limits, remove_slots, slots_in_use
from workspaces.events.lifecycle import store_lifecycle_event
from workspaces.models import Workspace

FIELDS = ("name", "limit", "active", "slot_decay_per_second")
NOT_FOUND = "Concurrency Limit not found"


def find_limit(workspace: Workspace, *, missing: str = NOT_FOUND, **which: Any) -> ConcurrencyLimit:
    """Return the workspace's limit with this `id` or `name`. Raises `NotFound` with the text `missing`."""
    limit = workspace.concurrencylimits.filter(**which).first()
    if limit is None:
        raise NotFound(missing)
    return limit


@transaction.atomic
def create_limit(workspace: Workspace, values: Mapping[str, Any], *, actor: Actor) -> ConcurrencyLimit:
    """Create a limit from `FIELDS` and, if they are to be in use already, `active_slots` and `denied_slots`.

    Raises `Taken` if the workspace has a limit with this name, and `Invalid` if it has as many as it may have.
    """
    check_workspace_cap(workspace, "concurrency_limits", workspace.concurrencylimits.all())
    now = timezone.now()
    fields = {name: values[name] for name in FIELDS if name in values}
    limit = ConcurrencyLimit(workspace=workspace, **fields, created=now, updated=now)
    limit.denied_slots, limit.denied_at = values.get("denied_slots", 0), now
    with refuse_taken(f"A concurrency limit with the name {limit.name!r} already exists."):
        limit.save(force_insert=True)
    _set_active_slots(limit, values.get("active_slots", 0), now)
    _record(limit, "created", actor)
    return limit


@transaction.atomic
def update_limit(limit: ConcurrencyLimit, changes: Mapping[str, Any], *, actor: Actor) -> None:
    """Change the fields in `changes`: `FIELDS`, `active_slots` or `denied_slots`.

    Raises `NotFound` if the limit was deleted, and `Taken` if the workspace has another one with the new name.
    """
    limit = _lock(limit)
    now = timezone.now()
    used = slots_in_use([limit], now).get(limit.id, 0)
    for field in changes.keys() & set(FIELDS):
        setattr(limit, field, changes[field])
    if "denied_slots" in changes:
        limit.denied_slots, limit.denied_at = changes["denied_slots"], now
    limit.used_slots, limit.used_at, limit.updated = used, now, now  # also if it becomes a rate limit
    with refuse_taken(f"A concurrency limit with the name {limit.name!r} already exists."):
        limit.save()
    if "active_slots" in changes:
        _set_active_slots(limit, changes["active_slots"], now)
    _record(limit, "updated", actor, fields=sorted(changes))


@transaction.atomic
def delete_limit(limit: ConcurrencyLimit, *, actor: Actor) -> None:
    """Delete a limit and its leases. Raises `NotFound` if it was already deleted."""
    limit = _lock(limit)
    _record(limit, "deleted", actor)
    limit.delete()


def _lock(limit: ConcurrencyLimit) -> ConcurrencyLimit:
    rows = ConcurrencyLimit.objects.filter(workspace=limit.workspace_id, id=limit.id).select_related("workspace")
    row = lock_limits(rows).select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    return row


def _set_active_slots(limit: ConcurrencyLimit, slots: int, now: datetime) -> None:
    """Let this number of slots of a locked or new limit be in use: take some, or revoke the oldest leases."""
    if limit.is_rate_limit:
        limit.used_slots, limit.used_at = slots, now
        limit.save(update_fields=["used_slots", "used_at"])
        return
    missing = slots - slots_in_use([limit], now).get(limit.id, 0)
    if missing > 0:
        Lease.objects.create(
            workspace_id=limit.workspace_id,
            lease_id=new_id(),
            limit=limit,
            slots=missing,
            by_number=True,
            created=now,
            expires=now + BY_NUMBER_LIFETIME,
        )
    elif missing < 0:
        remove_slots(Lease.objects.filter(limit=limit, expires__gt=now), -missing)


def _record(limit: ConcurrencyLimit, what: str, actor: Actor, **detail: Any) -> None:
    """Write the audit entry and the event of a change."""
    values = {field: getattr(limit, field) for field in FIELDS}
    record_in(
        limit.workspace,
        f"concurrency-limit.{what}",
        actor=actor,
        object_id=limit.id,
        object_name=limit.name,
        **detail,
    )
    store_lifecycle_event(
        limit.workspace_id, "concurrency-limit", what, object_id=limit.id, name=limit.name, payload=values
    )
