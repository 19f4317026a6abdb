"""Remove what is older than the retention, in small transactions.

Each batch is a transaction of one workspace, whose row of progress is locked. Workspaces take turns. Killing a worker
loses at most one batch, and another worker does not wait but takes the next workspace.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Account
from auditlog.chains import prune
from auditlog.models import Chain
from core.db.bounded_cascade import delete_some
from workspaces.models import Workspace
from workspaces.retention import hooks
from workspaces.retention.holds import held_workspaces, is_held
from workspaces.retention.measuring import measure
from workspaces.retention.models import LegalHold, PruningProgress, Removed
from workspaces.retention.rules import (
    account_retentions,
    cutoff,
    old_events,
    old_logs,
    old_runs,
    old_task_runs,
    workspace_retention,
)
from workspaces.runs.models import FlowRun, Log, TaskRun

logger = logging.getLogger("bailiwick.retention")

BATCH = 500  # rows of a transaction
_RUNS = 200  # that are removed together
_TURN = 40.0  # seconds
_REST = 9.0  # pauses between batches take as long as the batches, times this
_EVERY = timedelta(hours=1)  # a workspace of which nothing is left to remove
_AFTER_ERROR = timedelta(minutes=10)
_MEASURED_EVERY = timedelta(hours=20)
_REMEMBERED = timedelta(days=365)
_NEW_WORKSPACES = 1_000
_ACCOUNTS = 500


def prune_workspaces() -> None:
    """Remove batches for some seconds. Safe to call twice, also at once."""
    ends = time.monotonic() + _TURN
    _add_missing_rows()
    while time.monotonic() < ends:
        began = time.monotonic()
        if not prune_batch():
            return
        time.sleep((time.monotonic() - began) * _REST)


def prune_batch() -> bool:
    """Remove a batch of the workspace that has waited longest. Returns False if none is due."""
    row = None
    try:
        with transaction.atomic():
            row = _due().select_for_update(of=("self",), skip_locked=True).order_by("next_at", "id").first()
            if row is None:
                return False
            _advance(row)
    except Exception as error:  # one workspace does not hold up the others
        if row is None:
            raise
        logger.exception("Pruning the workspace %s failed and is tried again", row.workspace_id)
        again = timezone.now() + _AFTER_ERROR
        PruningProgress.objects.filter(id=row.id).update(problem=type(error).__name__[:200], next_at=again)
    return True


def prune_workspace(workspace: Workspace, *, now: datetime | None = None) -> dict[str, int]:
    """Remove a batch of what is too old in a workspace, and return the rows by kind. Empty when all is done."""
    if is_held(workspace):
        return {}
    now = now or timezone.now()
    retention = workspace_retention(workspace)
    if (before := cutoff(now, retention.runs)) and (removed := _remove_runs(workspace.id, before)):
        return removed
    if (before := cutoff(now, retention.logs)) and (rows := delete_some(old_logs(workspace.id, before), BATCH)):
        return {"logs": rows}
    if (before := cutoff(now, retention.events)) and (rows := delete_some(old_events(workspace.id, before), BATCH)):
        return {"events": rows}
    return {}


def prune_audit_logs() -> None:
    """Remove the old ends of the accounts' chains, a bounded number of entries of each account."""
    last = None
    while ids := _next_chains(last):
        last = ids[-1]
        existing = list(Account.with_trashed.filter(id__in=ids).values_list("id", flat=True))
        for account_id, retention in account_retentions(existing).items():
            if before := cutoff(timezone.now(), retention.audit):
                _prune_audit(account_id, before)


def forget_history() -> None:
    """Delete the history that is older than a year."""
    Removed.objects.filter(day__lt=timezone.now().date() - _REMEMBERED).delete()


def _due() -> QuerySet[PruningProgress]:
    rows = PruningProgress.objects.filter(next_at__lte=timezone.now(), workspace__trashed_at=None)
    return rows.exclude(workspace__in=held_workspaces())


def _add_missing_rows() -> None:
    known = PruningProgress.objects.values("workspace")
    new = Workspace.objects.exclude(id__in=known).values_list("id", flat=True)[:_NEW_WORKSPACES]
    now = timezone.now()
    rows = [PruningProgress(workspace_id=workspace_id, next_at=now) for workspace_id in new]
    PruningProgress.objects.bulk_create(rows, ignore_conflicts=True)


def _advance(row: PruningProgress) -> None:
    now = timezone.now()
    workspace = Workspace.objects.select_related("account").filter(id=row.workspace_id).first()
    if workspace is None:
        row.next_at = now + _EVERY
        row.save(update_fields=["next_at"])
        return
    removed = prune_workspace(workspace, now=now)
    for kind, rows in removed.items():
        note_removed(workspace.account_id, kind, rows, workspace=workspace)
    row.problem, row.next_at = "", now if removed else now + _EVERY
    if not removed:
        row.pruned_at = now
        if row.measured_at is None or row.measured_at < now - _MEASURED_EVERY:
            row.rows, row.rows_a_day = measure(workspace.id, now)
            row.measured_at = now
    row.save()


def _remove_runs(workspace_id: UUID, before: datetime) -> dict[str, int]:
    """Remove old flow runs with their task runs, states, inputs and logs, and old task runs without a flow run."""
    # Locked, so that nobody runs one of them again meanwhile.
    found = old_runs(workspace_id, before).select_for_update(of=("self",), skip_locked=True)
    if runs := [run.id for run in found.only("id")[:_RUNS]]:
        tasks = TaskRun.objects.filter(workspace=workspace_id, flow_run__in=runs)
        lines = Log.objects.filter(workspace=workspace_id, flow_run_id__in=runs)
        if logs := delete_some(lines, BATCH) or delete_some(_lines_of(workspace_id, tasks), BATCH):
            return {"logs": logs}
        return _delete_counted("task_runs", tasks) or _delete_counted("runs", FlowRun.objects.filter(id__in=runs))
    alone = list(old_task_runs(workspace_id, before).values_list("id", flat=True)[:_RUNS])
    rows = TaskRun.objects.filter(workspace=workspace_id, id__in=alone)
    if alone and (logs := delete_some(_lines_of(workspace_id, rows), BATCH)):
        return {"logs": logs}
    return _delete_counted("task_runs", rows) if alone else {}


def _lines_of(workspace_id: UUID, tasks: QuerySet[TaskRun]) -> QuerySet[Log]:
    return Log.objects.filter(workspace=workspace_id, task_run_id__in=tasks.values("id"))


def _delete_counted(kind: str, rows: QuerySet[Any]) -> dict[str, int]:
    """Delete a batch of rows with what belongs to them. Count only the rows themselves; empty if there were none."""
    ids = list(rows.order_by("id").values_list("id", flat=True)[:BATCH])
    batch = rows.model._base_manager.filter(id__in=ids)
    return {kind: len(ids) - batch.count()} if delete_some(batch.order_by("id"), BATCH) else {}


def note_removed(account_id: UUID, kind: str, rows: int, *, workspace: Workspace | None = None) -> None:
    """Add to the history of what was removed. Call it in the transaction of the removal."""
    which = {
        "account_id": account_id,
        "workspace_id": workspace.id if workspace else None,
        "kind": kind,
        "day": timezone.now().date(),
    }
    if not Removed.objects.filter(**which).update(rows=F("rows") + rows):
        Removed.objects.create(**which, workspace_name=workspace.name if workspace else "", rows=rows)


def _next_chains(last: UUID | None) -> list[UUID]:
    chains = Chain.objects.order_by("account_id")
    if last is not None:
        chains = chains.filter(account_id__gt=last)
    return list(chains.values_list("account_id", flat=True)[:_ACCOUNTS])


def _prune_audit(account_id: UUID, before: datetime) -> None:
    """Remove a batch of an account's old entries, unless one of its workspaces is on legal hold."""
    try:
        with transaction.atomic():
            if LegalHold.objects.filter(workspace__account=account_id).exists():
                return
            if removed := prune(account_id, before=before, most=BATCH, keep_from=hooks.first_needed_entry(account_id)):
                note_removed(account_id, "audit", removed)
    except Exception:  # one account does not hold up the others
        logger.exception("Pruning the audit log of %s failed and is tried again", account_id)
