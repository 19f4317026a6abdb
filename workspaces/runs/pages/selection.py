"""Cancel or delete the flow runs that were selected in the list.

GET shows the selected runs and asks for confirmation. POST changes each run separately and shows the result for each.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core.db.ids import parse_uuid
from core.pages.keyset import PAGE_SIZE
from core.pages.query_strings import query_string
from rbac import scopes
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.actions import cancellation_message
from workspaces.runs.pages.rows import run_display_state
from workspaces.runs.pages.run_lists import UPCOMING
from workspaces.runs.services.cancellation import GONE, cancel_run
from workspaces.runs.services.flow_runs import delete_flow_run

MOST = PAGE_SIZE + UPCOMING  # the rows of one page of the list


@dataclass(frozen=True, slots=True)
class SelectedRun:
    """A selected run, and what was done to it or why not. `run` is None if the workspace has no run with this id."""

    id: UUID
    run: FlowRun | None = None
    display_state: str = ""
    done: str = ""
    refusal: str = ""


@workspace_page(scopes.RUN_FLOWS)
@require_http_methods(["GET", "POST"])
def cancel_selected(request: WorkspaceRequest) -> HttpResponse:
    return _act(request, "cancel", _cancel)


@workspace_page(scopes.MANAGE_FLOWS)
@require_http_methods(["GET", "POST"])
def delete_selected(request: WorkspaceRequest) -> HttpResponse:
    return _act(request, "delete", _delete)


def _act(
    request: WorkspaceRequest, action: str, act: Callable[[WorkspaceRequest, FlowRun], tuple[str, str]]
) -> HttpResponse:
    params = request.POST if request.method == "POST" else request.GET
    too_many = len(params.getlist("run")) > MOST
    selected = [] if too_many else _selected(request, params)
    if request.method == "POST" and not too_many:
        selected = [_with_result(request, each, act) for each in selected]
        if "X-Part" in request.headers:  # a script sends one run after the other
            return render(request, "workspaces/runs/selection/_results.html", {"selected": selected})
    back = address(request.workspace, "runs") + query_string(QueryDict(params.get("back", "")), {})
    context: dict[str, Any] = {
        "action": action,
        "selected": selected,
        "too_many": too_many,
        "most": MOST,
        "back": back,
        "back_query": params.get("back", ""),
        "finished": request.method == "POST",
        "done": sum(bool(each.done) for each in selected),
        "refused": sum(bool(each.refusal) for each in selected),
    }
    return render(request, "workspaces/runs/selection/page.html", context, status=422 if too_many else 200)


def _selected(request: WorkspaceRequest, params: QueryDict) -> list[SelectedRun]:
    ids = list(dict.fromkeys(id for text in params.getlist("run") if (id := parse_uuid(text))))
    columns = ("id", "workspace_id", "name", "state_type", "state_name", "deployment_id", "flow__id", "flow__name")
    runs = {run.id: run for run in request.workspace.flowruns.filter(id__in=ids).select_related("flow").only(*columns)}
    return [
        SelectedRun(id, runs[id], run_display_state(runs[id])) if id in runs else SelectedRun(id, refusal=GONE)
        for id in ids
    ]


def _with_result(
    request: WorkspaceRequest, each: SelectedRun, act: Callable[[WorkspaceRequest, FlowRun], tuple[str, str]]
) -> SelectedRun:
    if each.run is None:
        return each
    done, refusal = act(request, each.run)
    return replace(each, done=done, refusal=refusal)


def _cancel(request: WorkspaceRequest, run: FlowRun) -> tuple[str, str]:
    result = cancel_run(request.workspace, run, actor=request.user.as_actor())
    return ("", result.refusal) if result.refusal else (cancellation_message(run, result), "")


def _delete(request: WorkspaceRequest, run: FlowRun) -> tuple[str, str]:
    deleted = delete_flow_run(request.workspace, run, actor=request.user.as_actor())
    return ("Deleted.", "") if deleted else ("", GONE)
