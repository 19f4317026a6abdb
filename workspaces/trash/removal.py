"""Remove what is in the trash when the time to restore it has passed, in small transactions.

Each batch is a transaction, which locks the row of the deletion and saves its progress. So a killed worker loses at
most one batch, two workers never work on the same deletion, and no lock is held for long. Deletions take turns.
"""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Account
from auditlog.actors import system
from core.db.bounded_cascade import delete_some
from orgs.models import Team
from rbac.grants import delete_workspace_grants
from workspaces.models import Workspace, WorkspaceOwned
from workspaces.retention.models import LegalHold
from workspaces.trash.models import Deletion
from workspaces.trash.services import record_deletion

logger = logging.getLogger("bailiwick.trash")

BATCH = 500  # rows of a transaction
_TURN = 20.0  # seconds
_REST = 9.0  # pauses between batches take as long as the batches, times this
_AFTER_ERROR = timedelta(minutes=1)
_REMEMBERED = timedelta(days=30)
_ACTOR = system("trash")


def remove_deleted() -> None:
    """Remove batches for some seconds. Safe to call twice, also at once."""
    ends = time.monotonic() + _TURN
    while time.monotonic() < ends:
        began = time.monotonic()
        if not remove_batch():
            return
        time.sleep((time.monotonic() - began) * _REST)


def remove_batch() -> bool:
    """Remove a batch of the deletion that has waited longest. Returns False if nothing is left to do.

    A deletion that fails is tried again later and does not hold up the others.
    """
    deletion_id = None
    try:
        with transaction.atomic():
            row = due_deletions().select_for_update(skip_locked=True).order_by("next_batch_at", "id").first()
            if row is None:
                return False
            deletion_id = row.id
            _advance(row)
    except Exception as error:  # one deletion does not hold up the others
        if deletion_id is None:
            raise
        logger.exception("The removal of %s failed and is tried again", deletion_id)
        problem = f"{type(error).__name__}. It is tried again."[:200]
        Deletion.objects.filter(id=deletion_id).update(problem=problem, next_batch_at=timezone.now() + _AFTER_ERROR)
    return True


def due_deletions() -> QuerySet[Deletion]:
    """Return the deletions that can no longer be restored and are not removed yet, without those on legal hold."""
    due = Deletion.objects.filter(finished_at=None, next_batch_at__lte=timezone.now())
    held = LegalHold.objects.values("workspace")
    held_accounts = LegalHold.objects.values("workspace__account")
    on_hold = Q(workspace_id__in=held, workspace_id__isnull=False) | Q(workspace_id=None, account_id__in=held_accounts)
    return due.exclude(on_hold)


def forget_removals() -> None:
    """Delete the rows of old removals. The audit log keeps its entries."""
    Deletion.objects.filter(finished_at__lt=timezone.now() - _REMEMBERED).delete()


def delete_teams(account: Account) -> None:
    """Delete the teams of an account that is about to be deleted, with their groups."""
    groups = list(Team.objects.filter(account=account).values_list("group", flat=True))
    Team.objects.filter(account=account).delete()
    Group.objects.filter(id__in=groups).delete()


def _advance(row: Deletion) -> None:
    """Remove a batch of a locked deletion, and save the progress."""
    now = timezone.now()
    workspaces = _workspaces(row)
    if row.started_at is None:
        row.started_at = now
        row.rows_total = sum(map(_count, workspaces))
    deleted = _remove_some(row, workspaces)
    row.rows_removed += deleted
    row.next_batch_at, row.problem = now, ""
    if not deleted:
        row.finished_at = now
        record_deletion(row, "workspace.removed" if row.workspace_id else "account.removed", actor=_ACTOR)
    row.save()


def _workspaces(row: Deletion) -> list[UUID]:
    rows = Workspace.with_trashed.order_by("id")
    rows = rows.filter(account=row.account_id) if row.workspace_id is None else rows.filter(id=row.workspace_id)
    return list(rows.values_list("id", flat=True))


def _remove_some(row: Deletion, workspaces: list[UUID]) -> int:
    """Remove a batch. Returns the number of rows, and 0 when all is done."""
    if workspaces:
        return _remove_of_workspace(workspaces[0])
    if row.workspace_id is None and (account := Account.with_trashed.filter(id=row.account_id).first()) is not None:
        Deletion.objects.filter(account_id=account.id, finished_at=None).exclude(id=row.id).update(
            finished_at=timezone.now()
        )
        delete_teams(account)
        account.delete()
        return 1
    return 0


def _remove_of_workspace(workspace_id: UUID) -> int:
    deleted = 0
    for model in _indexed_models():
        deleted += delete_some(_rows(model, workspace_id), BATCH - deleted)
        if deleted >= BATCH:
            return deleted
    # The rest is small: rows of models without such an index have gone with those that they belong to.
    delete_workspace_grants(workspace_id)
    return deleted + delete_some(Workspace.with_trashed.filter(id=workspace_id), BATCH - deleted)


def _rows(model: type[WorkspaceOwned], workspace_id: UUID) -> QuerySet[Any]:
    """Return the rows of a workspace in the order of an index."""
    return model._base_manager.filter(workspace=workspace_id).order_by(*_order(model))


def _indexed_models() -> list[type[WorkspaceOwned]]:
    """Return the models whose rows an index finds by their workspace, those that refer to others first."""
    return [model for model in reversed(apps.get_models()) if issubclass(model, WorkspaceOwned) and _order(model)]


def _count(workspace_id: UUID) -> int:
    """Count the rows of a workspace. States are found through their runs, because no index finds them otherwise."""
    owned = [model for model in apps.get_models() if issubclass(model, WorkspaceOwned)]
    return sum(model._base_manager.filter(**{_path(model): workspace_id}).count() for model in owned)


def _path(model: type[WorkspaceOwned]) -> str:
    """Return the lookup of the workspace which an index supports."""
    if not _order(model):
        for field in model._meta.fields:
            whole: Any = field.related_model
            if isinstance(whole, type) and issubclass(whole, WorkspaceOwned) and _order(whole):
                return f"{field.name}__workspace"
    return "workspace"


def _order(model: type[WorkspaceOwned]) -> tuple[str, ...]:
    """Return the columns after the workspace in the first whole index that begins with it."""
    for index in [*model._meta.indexes, *model._meta.constraints]:
        fields: Any = getattr(index, "fields", ())
        if fields and fields[0] == "workspace" and getattr(index, "condition", None) is None:
            return tuple(fields[1:])
    return ()
