"""The form that copies a deployment under another name."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import blame
from accounts.pages import sent_once
from core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.deployments.access import find_deployment, find_pool
from workspaces.deployments.services.copies import copy_deployment
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.variables.hydration import check_may_hydrate


class CopyForm(forms.Form):
    name = forms.CharField(max_length=1024, help_text="No other deployment of the flow has this name.")
    schedules = forms.ChoiceField(
        choices=[("inactive", "Copied and switched off"), ("keep", "Copied as they are"), ("remove", "Not copied")],
        label="Schedules",
    )


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def copy(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    source = find_deployment(request.access, request.user, deployment_id, VIEW)
    form = CopyForm(request.POST or None, initial={"name": f"{source.name} copy", "schedules": "inactive"})
    if request.method == "POST" and form.is_valid():
        try:
            check_may_hydrate(request.access, source.parameters)
            queue = source.work_queue
            pool = find_pool(request.access, request.user, queue.work_pool.name) if queue and queue.work_pool else None
            made = copy_deployment(source, **form.cleaned_data, pool=pool, actor=request.user.as_actor())
        except Invalid as error:
            blame(form, error, "name")
        except (Forbidden, NotFound, Conflict, BadRequest) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"The deployment {made.name} was created.")
            return redirect(address(request.workspace, "deployment", made.id))
    context = {"deployment": source, "form": form}
    return render(request, "workspaces/deployments/copy.html", context, status=422 if form.errors else 200)
