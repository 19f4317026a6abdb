"""The API of retention, which is Bailiwick's own: the days, previews, and legal holds."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.db import tenants
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.plans import retention_of
from orgs.rest import AccountView
from rbac import permissions, scopes
from workspaces.models import Workspace
from workspaces.rest import WorkspaceView
from workspaces.retention import schemas
from workspaces.retention.holds import end_hold, set_hold
from workspaces.retention.models import AccountRetention, LegalHold, PruningProgress, WorkspaceRetention
from workspaces.retention.overview import (
    account_forecast,
    account_preview,
    history,
    workspace_overviews,
    workspace_preview,
)
from workspaces.retention.preview import Removal
from workspaces.retention.rules import KINDS, account_retention, workspace_retention
from workspaces.retention.services import set_account_retention, set_workspace_retention


class AccountRetentionView(AccountView):
    required_permissions = {"GET": permissions.UPDATE_ACCOUNT, "PATCH": permissions.UPDATE_ACCOUNT}

    @describe("read_account_retention", answers={200: schemas.AccountRetention})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return for how many days the account keeps data, what was removed, and a forecast of the disk use."""
        effective = account_retention(self.account)
        removed = history(self.account.id)
        return Answer(
            {
                "plan": asdict(retention_of(self.account)),
                "chosen": _chosen(AccountRetention.objects.filter(account=self.account).first()),
                "effective": asdict(effective),
                "history": [
                    {field: getattr(row, field) for field in schemas.RemovedRows.model_fields} for row in removed
                ],
                "forecast": [asdict(row) for row in account_forecast(workspace_overviews(self.account, effective))],
            }
        )

    @describe("update_account_retention", body=schemas.AccountDaysUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Choose fewer days than the plan allows. What is older is removed within hours."""
        days = self.body(schemas.AccountDaysUpdate).model_dump(exclude_unset=True)
        set_account_retention(self.account, days, actor=self.actor)
        return NoContent()


class AccountPreviewView(AccountView):
    required_permissions = {"POST": permissions.UPDATE_ACCOUNT}

    @describe("preview_account_retention", body=schemas.AccountDaysUpdate, answers={200: schemas.AccountPreview})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return what these days would remove from the account's workspaces now. Changes nothing."""
        preview = account_preview(self.account, self.body(schemas.AccountDaysUpdate).model_dump())
        rows = [{"workspace_id": workspace.id, "totals": removal.totals} for workspace, removal in preview.workspaces]
        return Answer({"totals": preview.totals, "workspaces": rows, "left_out": preview.left_out})


class LegalHoldsView(AccountView):
    required_permissions = {"GET": permissions.UPDATE_ACCOUNT}

    @describe("read_legal_holds", answers={200: list[schemas.LegalHold]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the account's workspaces of which nothing is removed."""
        tenants.reach(*Workspace.objects.filter(account=self.account).values_list("id", flat=True))
        return Answer([_hold(row) for row in LegalHold.objects.filter(workspace__account=self.account).order_by("id")])


class LegalHoldView(AccountView):
    required_permissions = {"PUT": permissions.UPDATE_ACCOUNT, "DELETE": permissions.UPDATE_ACCOUNT}

    @describe("set_legal_hold", body=schemas.HoldUpdate, answers={200: schemas.LegalHold})
    def put(self, request: Request, workspace_id: UUID, **kwargs: Any) -> HttpResponse:
        """Put a workspace on legal hold: nothing is removed from it, and it cannot be deleted."""
        workspace = self._workspace(workspace_id)
        reason = self.body(schemas.HoldUpdate).reason
        return Answer(_hold(set_hold(workspace, reason=reason, actor=self.actor)))

    @describe("end_legal_hold", answers={204: None})
    def delete(self, request: Request, workspace_id: UUID, **kwargs: Any) -> HttpResponse:
        """End the legal hold of a workspace."""
        end_hold(self._workspace(workspace_id), actor=self.actor)
        return NoContent()

    def _workspace(self, workspace_id: UUID) -> Workspace:
        row = Workspace.objects.filter(account=self.account, id=workspace_id).select_related("account").first()
        if row is None:
            raise NotFound
        tenants.reach(row.id)
        return row


class WorkspaceRetentionView(WorkspaceView):
    long_errors = False
    required_scopes = {"GET": scopes.SEE_WORKSPACE_SETTINGS, "PATCH": scopes.MANAGE_WORKSPACE_SETTINGS}

    @describe("read_workspace_retention", answers={200: schemas.WorkspaceRetention})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return for how many days the workspace keeps data."""
        hold = LegalHold.objects.filter(workspace=self.workspace).first()
        progress = PruningProgress.objects.filter(workspace=self.workspace).first()
        return Answer(
            {
                "account": asdict(account_retention(self.workspace.account)),
                "chosen": _chosen(WorkspaceRetention.objects.filter(workspace=self.workspace).first()),
                "effective": asdict(workspace_retention(self.workspace)),
                "legal_hold": _hold(hold) if hold else None,
                "pruned": progress.pruned_at if progress else None,
            }
        )

    @describe("update_workspace_retention", body=schemas.WorkspaceDaysUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Choose fewer days than the account keeps data. What is older is removed within hours."""
        days = self.body(schemas.WorkspaceDaysUpdate).model_dump(exclude_unset=True)
        set_workspace_retention(self.workspace, days, actor=self.actor)
        return NoContent()


class WorkspacePreviewView(WorkspaceView):
    long_errors = False
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_SETTINGS}

    @describe("preview_workspace_retention", body=schemas.WorkspaceDaysUpdate, answers={200: schemas.Preview})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return what these days would remove now, by day. Changes nothing."""
        removal = workspace_preview(self.workspace, self.body(schemas.WorkspaceDaysUpdate).model_dump())
        return Answer({"totals": removal.totals, "days": _by_day(removal)})


def _chosen(row: AccountRetention | WorkspaceRetention | None) -> dict[str, int | None]:
    return {kind: getattr(row, kind, None) for kind in KINDS}


def _hold(row: LegalHold) -> dict[str, object]:
    return {
        "workspace_id": row.workspace_id,
        "reason": row.reason,
        "set_by": row.actor_name,
        "since": row.created,
    }


def _by_day(removal: Removal) -> list[dict[str, object]]:
    return [
        {"kind": kind, "day": day, "rows": rows}
        for kind in removal.totals
        for day, rows in getattr(removal, kind).items()
    ]
