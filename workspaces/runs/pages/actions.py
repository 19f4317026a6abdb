"""What people do to runs and flows from their pages. Each address answers GET with the question, POST with the deed."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from rbac import scopes
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs import states
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.flow_run import found_run
from workspaces.runs.pages.why import what_cancelling_does
from workspaces.runs.schemas import StateCreate
from workspaces.runs.services.flow_runs import delete_flow, delete_flow_run
from workspaces.runs.services.transitions import set_flow_run_state

CONFIRM = "workspaces/runs/confirm.html"


@require_http_methods(["GET", "POST"])
@workspace_page(scopes.RUN_FLOWS)
def cancel_flow_run(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    run = found_run(request, flow_run_id)
    back = address(request.workspace, "flow-run", run.id)
    if request.method == "GET":
        context = {"question": "cancel", "run": run, "back": back, "stops": what_cancelling_does(run)}
        return render(request, CONFIRM, context)
    done = [_cancel(request, each) for each in _with_children(request.workspace, run)]
    if done[0] == "Cancelled":
        messages.success(request, f"{run.name} is cancelled.")
    elif done[0]:
        messages.success(request, f"{run.name} has been asked to stop.")
    else:
        messages.error(request, f"{run.name} cannot be cancelled: it is {run.state_name} already.")
    return redirect(back)


@require_http_methods(["GET", "POST"])
@workspace_page(scopes.RUN_FLOWS)
def mark_cancelled(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    """The end of a cancellation that nobody confirms: the process is gone, or was never told."""
    run = found_run(request, flow_run_id)
    back = address(request.workspace, "flow-run", run.id)
    if request.method == "GET":
        return render(request, CONFIRM, {"question": "mark-cancelled", "run": run, "back": back})
    if run.state_type != states.CANCELLING:
        messages.error(request, f"{run.name} is not being cancelled: it is {run.state_name}.")
        return redirect(back)
    for each in _with_children(request.workspace, run):
        if each.state_type == states.CANCELLING:
            set_flow_run_state(
                request.workspace,
                each.id,
                StateCreate(type=states.CANCELLED),
                actor=request.user.as_actor(),
                force=True,
            )
    messages.success(request, f"{run.name} is marked as cancelled.")
    return redirect(back)


@require_http_methods(["GET", "POST"])
@workspace_page(scopes.MANAGE_FLOWS)
def remove_flow_run(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    run = found_run(request, flow_run_id)
    if request.method == "GET":
        back = address(request.workspace, "flow-run", run.id)
        return render(request, CONFIRM, {"question": "delete-run", "run": run, "back": back})
    delete_flow_run(request.workspace, run, actor=request.user.as_actor())
    messages.success(request, f"{run.name} is deleted.")
    return redirect(address(request.workspace, "runs"))


@require_http_methods(["GET", "POST"])
@workspace_page(scopes.MANAGE_FLOWS)
def remove_flow(request: WorkspaceRequest, flow_id: UUID) -> HttpResponse:
    flow = request.workspace.flows.filter(id=flow_id).first()
    if flow is None:
        raise Http404
    back = address(request.workspace, "flow", flow.id)
    if request.method == "GET" or request.POST.get("typed", "").strip() != flow.name:
        wrong = request.method == "POST"
        context = {"question": "delete-flow", "flow": flow, "back": back, "wrong": wrong}
        return render(request, CONFIRM, context, status=422 if wrong else 200)
    delete_flow(request.workspace, flow, actor=request.user.as_actor())
    messages.success(request, f"{flow.name} and its runs are deleted.")
    return redirect(address(request.workspace, "flows"))


def _cancel(request: WorkspaceRequest, run: FlowRun) -> str | None:
    """The name of the state that the run has now; None when it was over before."""
    outcome = set_flow_run_state(
        request.workspace, run.id, StateCreate(type=states.CANCELLING), actor=request.user.as_actor()
    )
    if outcome is None or not outcome.stored or outcome.state is None:
        return None
    return outcome.state.name


def _with_children(workspace: Workspace, run: FlowRun) -> list[FlowRun]:
    """The run and the unfinished runs below it, on every floor."""
    found, floor = [run], [run]
    while floor:
        floor = list(
            workspace.flowruns.filter(parent_task_run__flow_run__in=floor).exclude(state_type__in=states.TERMINAL)
        )
        found += floor
    return found


def old_address(request: WorkspaceRequest, account_id: UUID, workspace_id: UUID, rest: str = "") -> HttpResponse:
    """Older clients print `flow-runs/...` for what lives at `runs/...`; who may see it is asked there."""
    runs = reverse("workspace:runs", args=[account_id, workspace_id])
    query = request.META.get("QUERY_STRING", "")
    return redirect(runs + (f"/{rest}" if rest else "") + (f"?{query}" if query else ""))
