"""What admins see of the retention of an account: its workspaces, what was removed, and the forecast."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Account
from auditlog.chains import count_prunable
from core.db import tenants
from orgs.plans import Retention
from workspaces.models import Workspace
from workspaces.retention import hooks
from workspaces.retention.measuring import Forecast, forecast
from workspaces.retention.models import LegalHold, PruningProgress, Removed, WorkspaceRetention
from workspaces.retention.preview import Removal, rows_to_remove
from workspaces.retention.rules import account_retention, cutoff, lower_of

MOST_PREVIEWED = 50  # workspaces of an account, the largest ones first
_MOST_WORKSPACES = 1_000
_MOST_HISTORY = 200


@dataclass(frozen=True, slots=True)
class WorkspaceOverview:
    """A workspace with the days that hold for it."""

    workspace: Workspace
    retention: Retention
    hold: LegalHold | None
    progress: PruningProgress | None


@dataclass(frozen=True, slots=True)
class AccountPreview:
    """What other days would remove from the workspaces of an account. The smallest workspaces may be left out."""

    workspaces: list[tuple[Workspace, Removal]]
    left_out: int
    audit: int  # entries of the account's audit log

    @property
    def totals(self) -> dict[str, int]:
        totals: dict[str, int] = {"audit": self.audit} if self.audit else {}
        for _, removal in self.workspaces:
            for kind, rows in removal.totals.items():
                totals[kind] = totals.get(kind, 0) + rows
        return totals


def workspace_overviews(account: Account, retention: Retention) -> list[WorkspaceOverview]:
    """Return the workspaces of an account that keeps data for these days, and let the request reach them."""
    workspaces = list(Workspace.objects.filter(account=account).select_related("account")[:_MOST_WORKSPACES])
    ids = [workspace.id for workspace in workspaces]
    tenants.reach(*ids)
    own = {row.workspace_id: row for row in WorkspaceRetention.objects.filter(workspace__in=ids)}
    holds = {row.workspace_id: row for row in LegalHold.objects.filter(workspace__in=ids)}
    progress = {row.workspace_id: row for row in PruningProgress.objects.filter(workspace__in=ids)}
    return [
        WorkspaceOverview(
            workspace, lower_of(retention, own.get(workspace.id)), holds.get(workspace.id), progress.get(workspace.id)
        )
        for workspace in sorted(workspaces, key=lambda workspace: (workspace.name, workspace.id))
    ]


def account_forecast(overviews: list[WorkspaceOverview]) -> list[Forecast]:
    """Return the forecast of the workspaces together. Those on legal hold lose nothing."""
    forever = Retention(None, None, None, None, None)
    retentions = {row.workspace.id: forever if row.hold else row.retention for row in overviews}
    return forecast([row.progress for row in overviews if row.progress], retentions)


def account_preview(account: Account, days: Mapping[str, int | None]) -> AccountPreview:
    """Return what the account's workspaces would lose if its admins chose these days."""
    retention = _with(account_retention(account), days)
    overviews = workspace_overviews(account, retention)
    largest = sorted(overviews, key=_size, reverse=True)
    previewed = [(row.workspace, rows_to_remove(row.workspace, row.retention)) for row in largest[:MOST_PREVIEWED]]
    removing = [pair for pair in previewed if pair[1].total]
    held = any(row.hold for row in overviews)
    return AccountPreview(
        removing, max(0, len(largest) - MOST_PREVIEWED), 0 if held else _audit_entries(account, retention)
    )


def _audit_entries(account: Account, retention: Retention) -> int:
    """Return how many audit entries are older. A legal hold on a workspace of the account keeps all of them."""
    before = cutoff(timezone.now(), retention.audit)
    if before is None:
        return 0
    return count_prunable(account.id, before=before, keep_from=hooks.first_needed_entry(account.id))


def workspace_preview(workspace: Workspace, days: Mapping[str, int | None]) -> Removal:
    """Return what a workspace would lose if these days were chosen for it."""
    return rows_to_remove(workspace, _with(account_retention(workspace.account), days))


def history(account_id: UUID) -> list[Removed]:
    return list(Removed.objects.filter(account_id=account_id)[:_MOST_HISTORY])


def _with(retention: Retention, days: Mapping[str, int | None]) -> Retention:
    """Return the retention with these days where they are fewer."""
    chosen: Any = Retention(**{kind: days.get(kind) for kind in asdict(retention)})
    return lower_of(retention, chosen)


def _size(row: WorkspaceOverview) -> int:
    return sum(row.progress.rows.values()) if row.progress else 0
