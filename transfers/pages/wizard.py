"""The page that starts a transfer: choose the target, see what will happen, confirm."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from accounts.pages import sent_once
from orgs.missing_permissions import permission_refusal
from orgs.pages import account_address
from orgs.queries import account_access, accounts_of
from rbac import builtin, scopes
from rbac.models import WorkspaceRole
from rbac.permissions import DELETE_WORKSPACE
from rbac.role_choices import role_choices
from transfers.forms import TransferForm
from transfers.models import OPEN, Transfer
from transfers.pages.restrictions import restrictions_of
from transfers.services.preview import Plan, preview, shown_to, suggested_roles
from transfers.services.reading import belongs, make_plan, target_by_handle
from transfers.services.requests import may_approve, may_start, start
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.transfer_parts.registry import Move


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A plan that can be previewed. `inside` says whether the person counts as somebody of the target."""

    plan: Plan
    shown: dict[str, Any]
    inside: bool

    @property
    def typed(self) -> str:
        return f"{self.plan.target.handle}/{self.plan.new_handle}"


@sent_once
@workspace_page(scopes.MANAGE_WORKSPACE_SETTINGS)
@require_http_methods(["GET", "POST"])
def transfer(request: WorkspaceRequest) -> HttpResponse:
    """Start the transfer of the workspace, once its new full handle has been typed."""
    workspace = request.workspace
    if not may_start(account_access(request.user, workspace.account_id)):
        return permission_refusal(request, workspace.account, DELETE_WORKSPACE)
    if (waiting := Transfer.objects.filter(workspace=workspace, status__in=OPEN).first()) is not None:
        return redirect(account_address(workspace.account, "transfer", waiting.id))
    data = request.POST if request.method == "POST" else request.GET
    form = TransferForm(data if "to" in data else None, initial={"handle": workspace.handle})
    chosen = _choose(request, form) if form.is_bound else None
    if request.method == "POST" and chosen is not None:
        try:
            if request.POST.get("typed", "").strip() != chosen.typed:
                raise ValidationError(f"Nothing was transferred. Type {chosen.typed} to confirm.")
            started = start(
                chosen.plan,
                user=request.user,
                actor=request.user.as_actor(),
                target_is_open=chosen.inside,
                preview_hash=request.POST.get("preview_hash", "")[:64],
            )
            messages.success(request, "Started the transfer." if started.approved_by else "Sent the request.")
            return redirect(account_address(started.source, "transfer", started.id))
        except ValidationError as error:
            form.add_error(None, error)
    context: dict[str, Any] = {"form": form, "chosen": chosen, "own_accounts": _own_accounts(request), "preview": None}
    if chosen is not None:
        approver = account_access(request.user, chosen.plan.target.id) if chosen.inside else None
        context |= {"preview": chosen.shown, "at_once": may_approve(approver)}
    return render(request, "transfers/wizard.html", context, status=422 if form.errors else 200)


def _choose(request: WorkspaceRequest, form: TransferForm) -> _Chosen | None:
    """Return the plan of the form with its preview, or None after adding the errors to the form."""
    if not form.is_valid():
        return None
    workspace = request.workspace
    try:
        target = target_by_handle(form.cleaned_data["to"])
        inside = belongs(request.user, target, restrictions_of(request))
        suggested = suggested_roles(workspace, target, of_target=inside)
        form.set_roles(
            Move(workspace, workspace.account, target).outlook.own_roles, _choices(target, inside), suggested
        )
        form.full_clean()
        if not form.is_valid():
            return None
        plan = make_plan(
            workspace,
            target,
            new_handle=form.cleaned_data["handle"],
            roles=form.roles(),
            grace_seconds=form.cleaned_data["keep"],
            belongs=inside,
        )
    except ValidationError as error:
        form.add_error("to", error)
        return None
    return _Chosen(plan, shown_to(preview(plan), source=True, target=inside), inside)


def _choices(target: Account, inside: bool) -> list[WorkspaceRole]:
    """Return the roles to choose from. People outside of the target do not learn its own roles."""
    return (
        role_choices(target) if inside else list(WorkspaceRole.objects.filter(id__in=builtin.IDS.values()).in_order())
    )


def _own_accounts(request: WorkspaceRequest) -> list[str]:
    accounts = (access.account for access in accounts_of(request.user))
    return [account.handle for account in accounts if account.id != request.workspace.account_id]
