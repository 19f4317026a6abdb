"""Pages of retention: the days of an account and of a workspace with a preview, and legal holds."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import blame
from accounts.pages import sent_once
from core.db import tenants
from orgs.pages import AccountRequest, account_address, account_page
from orgs.plans import retention_of
from rbac import permissions, scopes
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.retention.forms import LABELS, DaysForm, HoldForm
from workspaces.retention.holds import end_hold, set_hold
from workspaces.retention.measuring import FORECAST_DAYS
from workspaces.retention.models import AccountRetention, LegalHold, PruningProgress, WorkspaceRetention
from workspaces.retention.overview import (
    account_forecast,
    account_preview,
    history,
    workspace_overviews,
    workspace_preview,
)
from workspaces.retention.rules import KINDS, WORKSPACE_KINDS, account_retention, workspace_retention
from workspaces.retention.services import set_account_retention, set_workspace_retention

_NAMES = LABELS | {"task_runs": "Task runs"}


@sent_once
@account_page(permissions.UPDATE_ACCOUNT)
@require_http_methods(["GET", "POST"])
def account(request: AccountRequest) -> HttpResponse:
    """Show and change the days of the account. Without `confirmed`, show what the change would remove."""
    row = AccountRetention.objects.filter(account=request.account).first()
    form = _form(request, row, KINDS, asdict(retention_of(request.account)))
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            preview = account_preview(request.account, form.cleaned_data)
            if preview.totals or preview.left_out:
                context |= {"preview": preview, "totals": _named(preview.totals)}
                return render(request, "workspaces/retention/account_preview.html", context)
        try:
            set_account_retention(request.account, form.cleaned_data, actor=request.user.as_actor())
            messages.success(request, "Saved the retention.")
            return redirect(account_address(request.account, "retention"))
        except ValidationError as error:
            blame(form, error, "runs")
    overviews = workspace_overviews(request.account, account_retention(request.account))
    context |= {
        "rows": overviews,
        "forecast": [(_NAMES[row.kind], row) for row in account_forecast(overviews)],
        "forecast_days": FORECAST_DAYS,
        "history": [(_NAMES[row.kind], row) for row in history(request.account.id)],
    }
    return render(request, "workspaces/retention/account.html", context, status=422 if form.errors else 200)


@sent_once
@account_page(permissions.UPDATE_ACCOUNT)
@require_http_methods(["GET", "POST"])
def hold(request: AccountRequest, workspace_id: UUID) -> HttpResponse:
    """Put a workspace on legal hold."""
    workspace = _workspace(request, workspace_id)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_hold(workspace, reason=form.cleaned_data["reason"], actor=request.user.as_actor())
            messages.success(request, f"{workspace.full_handle} is on legal hold.")
            return redirect(account_address(request.account, "retention"))
        except ValidationError as error:
            blame(form, error, "reason")
    context = {"form": form, "held": workspace}
    return render(request, "workspaces/retention/hold.html", context, status=422 if form.errors else 200)


@sent_once
@account_page(permissions.UPDATE_ACCOUNT)
@require_POST
def hold_end(request: AccountRequest, workspace_id: UUID) -> HttpResponse:
    workspace = _workspace(request, workspace_id)
    if not LegalHold.objects.filter(workspace=workspace).exists():
        raise Http404
    end_hold(workspace, actor=request.user.as_actor())
    messages.success(request, f"{workspace.full_handle} is no longer on legal hold.")
    return redirect(account_address(request.account, "retention"))


@sent_once
@workspace_page(scopes.MANAGE_WORKSPACE_SETTINGS)
@require_http_methods(["GET", "POST"])
def workspace(request: WorkspaceRequest) -> HttpResponse:
    """Show and change the days of the workspace. Without `confirmed`, show by day what the change would remove."""
    allowed = account_retention(request.workspace.account)
    row = WorkspaceRetention.objects.filter(workspace=request.workspace).first()
    form = _form(request, row, WORKSPACE_KINDS, asdict(allowed))
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            removal = workspace_preview(request.workspace, form.cleaned_data)
            if removal.total:
                days = [(_NAMES[kind], getattr(removal, kind)) for kind, rows in removal.totals.items() if rows]
                context |= {"totals": _named(removal.totals), "days": [(name, _lines(found)) for name, found in days]}
                return render(request, "workspaces/retention/workspace_preview.html", context)
        try:
            set_workspace_retention(request.workspace, form.cleaned_data, actor=request.user.as_actor())
            messages.success(request, "Saved the retention.")
            return redirect(address(request.workspace, "settings-retention"))
        except ValidationError as error:
            blame(form, error, "runs")
    effective = workspace_retention(request.workspace)
    context |= {
        "effective": [(LABELS[kind], getattr(effective, kind)) for kind in WORKSPACE_KINDS],
        "hold": LegalHold.objects.filter(workspace=request.workspace).first(),
        "progress": PruningProgress.objects.filter(workspace=request.workspace).first(),
    }
    return render(request, "workspaces/retention/workspace.html", context, status=422 if form.errors else 200)


def _form(request: Any, row: Any, kinds: tuple[str, ...], allowed: dict[str, int | None]) -> DaysForm:
    initial = {kind: getattr(row, kind, None) for kind in kinds}
    return DaysForm(request.POST if request.method == "POST" else None, kinds=kinds, allowed=allowed, initial=initial)


def _named(totals: dict[str, int]) -> list[tuple[str, int]]:
    return [(_NAMES[kind], rows) for kind, rows in totals.items() if rows]


def _lines(days: dict[Any, int]) -> list[tuple[Any, int]]:
    return sorted(days.items(), reverse=True)[:400]


def _workspace(request: AccountRequest, workspace_id: UUID) -> Workspace:
    row = Workspace.objects.filter(account=request.account, id=workspace_id).select_related("account").first()
    if row is None:
        raise Http404
    tenants.reach(row.id)
    return row
