"""Cancel and delete flow runs from their pages. GET asks for confirmation, and POST does it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.pages import sent_once
from rbac import scopes
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.flow_run import get_run_or_404
from workspaces.runs.pages.state_reasons import WHAT_IS_DELETED, WHEN_TO_MARK, what_cancelling_does
from workspaces.runs.services.cancellation import CancellationResult, cancel_run, mark_run_cancelled
from workspaces.runs.services.flow_runs import delete_flow_run


@sent_once
@workspace_page(scopes.RUN_FLOWS)
@require_http_methods(["GET", "POST"])
def cancel_flow_run(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    """Cancel a run and its child runs."""
    run = get_run_or_404(request, flow_run_id)
    back = address(request.workspace, "flow-run", run.id)
    if request.method == "GET":
        text = what_cancelling_does(run)
        return _ask(request, run, f"Cancel {run.name}", text, button="Cancel the run", cancel="Keep it running")
    result = cancel_run(request.workspace, run, actor=request.user.as_actor())
    if result.refusal:
        messages.error(request, f"{run.name} was not cancelled. {result.refusal}")
    else:
        messages.success(request, f"{run.name}: {cancellation_message(run, result)}")
    return redirect(back)


@sent_once
@workspace_page(scopes.RUN_FLOWS)
@require_http_methods(["GET", "POST"])
def mark_cancelled(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    """Mark a run as cancelled whose process does not confirm it, because it is gone or was never asked to stop."""
    run = get_run_or_404(request, flow_run_id)
    back = address(request.workspace, "flow-run", run.id)
    if request.method == "GET":
        title, text = f"Mark {run.name} as cancelled", WHEN_TO_MARK
        return _ask(request, run, title, text, button="Mark as cancelled", cancel="Go on waiting")
    result = mark_run_cancelled(request.workspace, run, actor=request.user.as_actor())
    if result.refusal:
        messages.error(request, f"{run.name} was not marked as cancelled. {result.refusal}")
    else:
        messages.success(request, f"{run.name} is marked as cancelled.{_children(result)}")
    return redirect(back)


@sent_once
@workspace_page(scopes.MANAGE_FLOWS)
@require_http_methods(["GET", "POST"])
def remove_flow_run(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    """Delete a run."""
    run = get_run_or_404(request, flow_run_id)
    if request.method == "GET":
        return _ask(request, run, f"Delete {run.name}", WHAT_IS_DELETED, button="Delete the run", cancel="Keep it")
    delete_flow_run(request.workspace, run, actor=request.user.as_actor())
    messages.success(request, f"Deleted the run “{run.name}”.")
    return redirect(address(request.workspace, "runs"))


def _ask(request: WorkspaceRequest, run: FlowRun, title: str, text: str, *, button: str, cancel: str) -> HttpResponse:
    """Return a page that asks for confirmation."""
    context = {"title": title, "text": text, "button": button, "cancel": cancel, "run": run}
    back = address(request.workspace, "flow-run", run.id)
    return render(request, "workspaces/runs/confirm.html", context | {"back": back})


def cancellation_message(run: FlowRun, result: CancellationResult) -> str:
    """Return a message about what was cancelled: the run and its child runs."""
    if result.new_state == "Cancelled":
        done = "Cancelled."
    elif run.deployment_id is None:
        done = "Marked as cancelling. The script was started by hand and is not interrupted: stop it where it runs."
    else:
        done = "Its process has been asked to stop."
    return done + _children(result)


def _children(result: CancellationResult) -> str:
    words = f" Includes {result.children} child run{'' if result.children == 1 else 's'}." if result.children else ""
    return f"{words} There are more child runs, which were not changed." if result.children_left else words


def old_address(request: WorkspaceRequest, account_id: UUID, workspace_id: UUID, rest: str = "") -> HttpResponse:
    """Redirect from `flow-runs/...`, which older clients print, to `runs/...`, which checks permissions."""
    runs = reverse("workspace:runs", args=[account_id, workspace_id])
    query = request.META.get("QUERY_STRING", "")
    return redirect(runs + (f"/{rest}" if rest else "") + (f"?{query}" if query else ""))
