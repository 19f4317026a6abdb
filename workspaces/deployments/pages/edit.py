"""The form that changes a deployment."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError as DoesNotFit

from accounts.pages import sent_once
from core.errors import Forbidden, Invalid, NotFound
from rbac import scopes
from rbac.access_lists import MANAGE, RUN
from workspaces.access_lists import visible_rows
from workspaces.deployments.access import find_deployment, find_pool
from workspaces.deployments.models import Deployment
from workspaces.deployments.pages.fields import JsonObjectField, TagsField
from workspaces.deployments.schemas import DeploymentUpdate
from workspaces.deployments.services.deployments import update_deployment
from workspaces.deployments.services.limits import own_name
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.variables.forms import pretty_json
from workspaces.variables.hydration import check_may_hydrate
from workspaces.work_pools.models import WorkPool

_MOST_POOLS = 200
_SERVED = ("", "None: a process serves it")


class DeploymentForm(forms.Form):
    """The form sends the values that it was shown with, so that `changed_data` has only what the person edited."""

    description = forms.CharField(
        show_hidden_initial=True, required=False, max_length=50_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    tags = TagsField(show_hidden_initial=True)
    work_pool_name = forms.ChoiceField(show_hidden_initial=True, required=False, label="Work pool")
    work_queue_name = forms.CharField(
        show_hidden_initial=True,
        required=False,
        max_length=255,
        label="Work queue",
        help_text="A queue of the pool, which is created if there is none. Empty: the pool's default queue.",
    )
    parameters = JsonObjectField(show_hidden_initial=True, rows=8, label="Parameters (JSON)")
    job_variables = JsonObjectField(
        show_hidden_initial=True, rows=5, label="Job variables (JSON)", help_text="They replace the pool's defaults."
    )
    enforce_parameter_schema = forms.BooleanField(
        show_hidden_initial=True, required=False, label="Refuse runs with parameters that do not match the schema"
    )
    concurrency_limit = forms.IntegerField(
        show_hidden_initial=True,
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        label="Runs at the same time",
        help_text="Empty: as many as there are.",
    )
    collision_strategy = forms.ChoiceField(
        show_hidden_initial=True,
        label="A run that finds no free place",
        choices=[("ENQUEUE", "waits for one"), ("CANCEL_NEW", "is cancelled")],
    )

    def __init__(self, *args: Any, pools: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices: Any = self.fields["work_pool_name"]
        choices.choices = [_SERVED, *((name, name) for name in pools)]

    def clean_job_variables(self) -> dict[str, Any]:
        """Refuse to empty them: the service keeps the old ones then, as Prefect does."""
        variables: dict[str, Any] = self.cleaned_data["job_variables"]
        if not variables and "job_variables" in self.changed_data and self.initial["job_variables"]:
            raise ValidationError("Job variables cannot be emptied, only replaced by others.")
        return variables


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def edit(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    row = find_deployment(request.access, request.user, deployment_id, MANAGE)
    form = DeploymentForm(request.POST or None, initial=_initial(row), pools=_pools(request, row))
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, row, form)
        except (Invalid, Forbidden, NotFound) as error:
            form.add_error(None, " ".join(error.messages) if isinstance(error, Invalid) else str(error))
        except DoesNotFit as error:
            form.add_error(None, str(error.errors()[0]["msg"]))
        else:
            messages.success(request, f"The deployment {row.name} was saved.")
            return redirect(address(request.workspace, "deployment", row.id) + "?tab=details")
    context = {"deployment": row, "form": form, "shared_limit": _shared_limit(row)}
    status = 422 if form.errors else 200
    return render(request, "workspaces/deployments/edit.html", context, status=status)


def _save(request: WorkspaceRequest, row: Deployment, form: DeploymentForm) -> None:
    """Save the fields that were edited: a deployment may have been deployed anew meanwhile."""
    changed, data = set(form.changed_data), form.cleaned_data
    changes = {name: data[name] for name in changed & DeploymentUpdate.model_fields.keys()}
    if _shared_limit(row):
        changes.pop("concurrency_limit", None)
    if "collision_strategy" in changed:
        changes["concurrency_options"] = {
            **(row.concurrency_options or {}),
            "collision_strategy": data["collision_strategy"],
        }
    if "description" in changes:
        changes["description"] = changes["description"] or None
    pool = None
    if changed & {"work_pool_name", "work_queue_name", "job_variables"}:
        # The service checks job variables against the pool that is named, and takes its default queue unless told.
        changes["work_pool_name"] = data["work_pool_name"] or None
        changes["work_queue_name"] = (data["work_queue_name"] or None) if data["work_pool_name"] else None
        pool = find_pool(request.access, request.user, data["work_pool_name"]) if data["work_pool_name"] else None
    if changes:
        body = DeploymentUpdate.model_validate(changes)
        check_may_hydrate(request.access, body.parameters)
        update_deployment(row, body, pool=pool, actor=request.user.as_actor())


def _initial(row: Deployment) -> dict[str, Any]:
    return {
        "description": row.description or "",
        "tags": ", ".join(row.tags),
        "work_pool_name": row.work_queue.work_pool.name if row.work_queue else "",
        "work_queue_name": row.work_queue.name if row.work_queue else "",
        "parameters": pretty_json(row.parameters),
        "job_variables": pretty_json(row.job_variables) if row.job_variables else "",
        "enforce_parameter_schema": row.enforce_parameter_schema,
        "concurrency_limit": row.concurrency_limit.limit if row.concurrency_limit else None,
        "collision_strategy": (row.concurrency_options or {}).get("collision_strategy", "ENQUEUE"),
    }


def _shared_limit(row: Deployment) -> bool:
    """Return whether the limit belongs to others too, so that it is not changed here."""
    return row.concurrency_limit is not None and row.concurrency_limit.name != own_name(row.id)


def _pools(request: WorkspaceRequest, row: Deployment) -> list[str]:
    """Return the names of work pools that the caller may run, and of the deployment's own."""
    pools = visible_rows(WorkPool.objects.filter(workspace=request.workspace), request.access, request.user, RUN)
    names = list(pools.order_by("name").values_list("name", flat=True)[:_MOST_POOLS])
    own = [row.work_queue.work_pool.name] if row.work_queue else []
    return list(dict.fromkeys([*own, *names]))
