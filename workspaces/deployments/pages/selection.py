"""Pause, resume or delete the deployments that were selected in the list.

GET shows the selected deployments and asks for confirmation. POST changes each separately and shows the results.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from auditlog.actors import Actor
from core.db.ids import parse_uuid
from core.errors import Forbidden, NotFound
from core.pages.query_strings import query_string
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.deployments.access import NOT_FOUND, find_deployment
from workspaces.deployments.models import Deployment
from workspaces.deployments.pages.lists import ROWS
from workspaces.deployments.services.deployments import delete_deployment, set_paused
from workspaces.pages import WorkspaceRequest, address, workspace_page


@dataclass(frozen=True, slots=True)
class BulkAction:
    """What the page does to each selected deployment. `done` is the result that it shows."""

    verb: str
    text: str
    done: str
    act: Callable[[Deployment, Actor], None]
    danger: bool = False


@dataclass(frozen=True, slots=True)
class SelectedDeployment:
    """A selected deployment, and what was done to it or why not. `deployment` is None if the reader cannot see it."""

    id: UUID
    deployment: Deployment | None = None
    done: str = ""
    refusal: str = ""


_PAUSE = BulkAction(
    "Pause",
    "Their schedules create no runs until they are resumed, and runs that they have created are removed.",
    "Paused.",
    lambda row, actor: set_paused(row, True, actor=actor),
)
_RESUME = BulkAction(
    "Resume",
    "Their schedules create runs again.",
    "Active again.",
    lambda row, actor: set_paused(row, False, actor=actor),
)
_DELETE = BulkAction(
    "Delete",
    "This deletes their schedules and versions, and their runs that have not begun. Other runs stay. This cannot be "
    "undone.",
    "Deleted.",
    lambda row, actor: delete_deployment(row, actor=actor),
    danger=True,
)


@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def pause_selected(request: WorkspaceRequest) -> HttpResponse:
    return _act_on_selected(request, _PAUSE)


@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def resume_selected(request: WorkspaceRequest) -> HttpResponse:
    return _act_on_selected(request, _RESUME)


@workspace_page(scopes.MANAGE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def delete_selected(request: WorkspaceRequest) -> HttpResponse:
    return _act_on_selected(request, _DELETE)


def _act_on_selected(request: WorkspaceRequest, action: BulkAction) -> HttpResponse:
    params = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys(id for text in params.getlist("deployment") if (id := parse_uuid(text))))
    too_many = len(ids) > ROWS
    selected = [] if too_many else [_find(request, id) for id in ids]
    finished = request.method == "POST" and not too_many
    if finished:
        selected = [_apply(request, each, action) for each in selected]
    context = {
        "action": action,
        "selected": selected,
        "too_many": too_many,
        "most": ROWS,
        "back": address(request.workspace, "deployments") + query_string(QueryDict(params.get("back", "")), {}),
        "back_query": params.get("back", ""),
        "finished": finished,
        "done": sum(bool(each.done) for each in selected),
        "refused": sum(bool(each.refusal) for each in selected),
    }
    return render(request, "workspaces/deployments/selection.html", context, status=422 if too_many else 200)


def _find(request: WorkspaceRequest, deployment_id: UUID) -> SelectedDeployment:
    """Return the deployment, or why it cannot be changed. Access lists may hide it, or only forbid to change it."""
    try:
        row = find_deployment(request.access, request.user, deployment_id, MANAGE)
    except NotFound:
        return SelectedDeployment(deployment_id, refusal=NOT_FOUND)
    except Forbidden as error:
        return SelectedDeployment(deployment_id, refusal=str(error))
    return SelectedDeployment(deployment_id, row)


def _apply(request: WorkspaceRequest, each: SelectedDeployment, action: BulkAction) -> SelectedDeployment:
    if each.deployment is None:
        return each
    try:
        action.act(each.deployment, request.user.as_actor())
    except NotFound as error:  # somebody else deleted it
        return replace(each, refusal=str(error))
    return replace(each, done=action.done)
