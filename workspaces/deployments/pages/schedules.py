"""Pages of a deployment's schedules: add, edit, switch on or off, and delete one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from pydantic import ValidationError as DoesNotFit

from accounts.pages import sent_once
from core.errors import Invalid, NotFound
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.deployments.access import find_deployment
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.pages.schedule_form import ScheduleForm, initial_values
from workspaces.deployments.pages.schedule_words import schedule_words
from workspaces.deployments.schedule_dates import dates
from workspaces.deployments.schemas import DeploymentScheduleCreate, DeploymentScheduleUpdate
from workspaces.deployments.services.schedules import (
    NOT_FOUND,
    add_schedules,
    delete_schedule,
    stored_schedule,
    update_schedule,
)
from workspaces.pages import WorkspaceRequest, address, workspace_page

PREVIEWED = 10


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def add(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    return _form(request, _find(request, deployment_id), None)


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def edit(request: WorkspaceRequest, deployment_id: UUID, schedule_id: UUID) -> HttpResponse:
    row = _find(request, deployment_id)
    return _form(request, row, _find_schedule(row, schedule_id))


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_POST
def switch(request: WorkspaceRequest, deployment_id: UUID, schedule_id: UUID) -> HttpResponse:
    """Switch a schedule on or off, as the field `active` says."""
    row = _find(request, deployment_id)
    schedule = _find_schedule(row, schedule_id)
    active = request.POST.get("active") == "on"
    body = DeploymentScheduleUpdate.model_construct(_fields_set={"active"}, active=active)
    update_schedule(row, schedule, body, actor=request.user.as_actor())
    messages.success(request, f"The schedule is {'on' if active else 'off'}.")
    return redirect(_tab(request, row))


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, deployment_id: UUID, schedule_id: UUID) -> HttpResponse:
    row = _find(request, deployment_id)
    schedule = _find_schedule(row, schedule_id)
    if request.method == "GET":
        context = {
            "deployment": row,
            "title": f"Delete a schedule of {row.name}",
            "text": f"The schedule is {schedule_words(schedule.schedule)}. Runs that it has planned are removed.",
            "button": "Delete schedule",
            "danger": True,
            "back": _tab(request, row),
        }
        return render(request, "workspaces/deployments/confirm.html", context)
    delete_schedule(row, schedule, actor=request.user.as_actor())
    messages.success(request, "The schedule was deleted.")
    return redirect(_tab(request, row))


def _form(request: WorkspaceRequest, row: Deployment, schedule: DeploymentSchedule | None) -> HttpResponse:
    """Show the form, the next dates of what was typed if these are asked for, or save it."""
    form = ScheduleForm(request.POST or None, initial=initial_values(schedule))
    context: dict[str, Any] = {"deployment": row, "schedule": schedule, "form": form}
    valid = request.method == "POST" and form.is_valid()
    if valid and "preview" not in request.POST:
        try:
            _save(row, schedule, form, request)
            messages.success(request, "The schedule was saved.")
            return redirect(_tab(request, row))
        except Invalid as error:
            form.add_error("slug", error.messages)
        except DoesNotFit as error:
            form.add_error(None, str(error.errors()[0]["msg"]))
    if valid:
        context["preview"] = _preview(form)
        context["zone"] = form.cleaned_data["timezone"]
        context["words"] = schedule_words(stored_schedule(form.cleaned_data["schedule"], timezone.now()))
    context["back"] = _tab(request, row)
    return render(request, "workspaces/deployments/schedule.html", context, status=422 if form.errors else 200)


def _save(row: Deployment, schedule: DeploymentSchedule | None, form: ScheduleForm, request: WorkspaceRequest) -> None:
    data, actor = form.cleaned_data, request.user.as_actor()
    values = {name: data[name] for name in ("schedule", "active", "max_scheduled_runs", "parameters")}
    values["slug"] = data["slug"] or None
    if schedule is None:
        add_schedules(row, [DeploymentScheduleCreate.model_validate(values)], actor=actor)
    else:
        update_schedule(row, schedule, DeploymentScheduleUpdate.model_validate(values), actor=actor)


def _preview(form: ScheduleForm) -> list[datetime]:
    return dates(form.cleaned_data["schedule"], PREVIEWED, timezone.now())


def _find(request: WorkspaceRequest, deployment_id: UUID) -> Deployment:
    return find_deployment(request.access, request.user, deployment_id, MANAGE)


def _find_schedule(row: Deployment, schedule_id: UUID) -> DeploymentSchedule:
    schedule = row.schedules.filter(id=schedule_id).first()
    if schedule is None:
        raise NotFound(NOT_FOUND)
    return schedule


def _tab(request: WorkspaceRequest, row: Deployment) -> str:
    return f"{address(request.workspace, 'deployment', row.id)}?tab=schedules"
