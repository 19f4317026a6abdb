"""Run a deployment: at once with its defaults, or by a form made from the schema of its parameters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError as DoesNotFit

from accounts.pages import sent_once
from core.errors import Conflict, Invalid
from core.json_text import json_text
from core.pages.times import typed_time
from core.rest.bodies import reject_unstorable_json
from core.rest.errors import InvalidBody
from core.rest.parsing import adapter_of
from core.schema_forms import Field, TooComplex, build_form, change_rows, field_at, read_values
from rbac import scopes
from rbac.access_lists import RUN
from workspaces.deployments.access import find_deployment
from workspaces.deployments.models import Deployment
from workspaces.deployments.pages.fields import JsonObjectField, TagsField, parse_object
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs.models import FlowRun
from workspaces.runs.schemas import DeploymentFlowRunCreate
from workspaces.runs.services.deployment_runs import InvalidRunParameters, create_deployment_run
from workspaces.variables.forms import pretty_json
from workspaces.variables.hydration import check_may_hydrate

FORM, JSON = "form", "json"
_MOST_QUEUES = 200


class RunForm(forms.Form):
    """What a run has besides its parameters."""

    name = forms.CharField(required=False, max_length=255, help_text="Empty: a generated name.")
    when = forms.ChoiceField(
        label="Start", widget=forms.RadioSelect, choices=[("now", "Now"), ("later", "Later")], initial="now"
    )
    at = forms.CharField(
        label="Date and time", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    tags = TagsField()
    message = forms.CharField(required=False, max_length=1_000, help_text="Why it runs. Shown with its first state.")
    work_queue_name = forms.ChoiceField(label="Work queue", required=False)
    job_variables = JsonObjectField(
        rows=3, label="Job variables (JSON)", help_text="They replace the deployment's and the pool's."
    )

    def __init__(self, *args: Any, queues: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        if not queues:  # the deployment has no work pool
            del self.fields["work_queue_name"], self.fields["job_variables"]
            return
        choices: Any = self.fields["work_queue_name"]
        choices.choices = [("", "The deployment's"), *((name, name) for name in queues)]

    def clean(self) -> dict[str, Any]:
        """Turn the typed start into a time, or None for now."""
        data = super().clean() or {}
        if data.get("when") == "later" and (time := typed_time(data.get("at", ""))) is None:
            raise ValidationError({"at": "Write a time such as 2026-11-30 06:30."})
        data["start"] = time if data.get("when") == "later" else None
        return data


@sent_once
@workspace_page(scopes.RUN_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def run_deployment(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    """Show the form on GET. On POST run the deployment, or show its parameters as JSON, or with more or fewer rows."""
    row = find_deployment(request.access, request.user, deployment_id, RUN)
    options = RunForm(request.POST if "when" in request.POST else None, queues=_queues(row))
    mode = JSON if request.POST.get("mode", request.GET.get("mode")) == JSON else FORM
    shown = _Parameters(row, row.parameters, mode)
    if request.method == "GET":
        return _page(request, row, options, shown)
    if "quick" in request.POST:
        return _run(request, row, options, shown, DeploymentFlowRunCreate())
    right = shown.read(request)
    if request.POST.keys() & {"add-row", "remove-row"}:
        shown.change_rows(add=request.POST.get("add-row", ""), remove=request.POST.get("remove-row", ""))
        return _page(request, row, options, shown)
    if wanted := request.POST.get("switch"):
        if right:
            shown = _Parameters(row, shown.values, JSON if wanted == JSON else FORM)
        return _page(request, row, options, shown)
    if not options.is_valid() or not right:
        return _page(request, row, options, shown, status=422)
    try:
        body = _body(shown.values, options.cleaned_data)
    except InvalidBody as error:
        options.add_error(None, str(error.details[0]["msg"]))
        return _page(request, row, options, shown, status=422)
    return _run(request, row, options, shown, body)


class _Parameters:
    """The parameters in one of the two modes. Those without a property in the schema are shown as JSON only."""

    def __init__(self, row: Deployment, values: dict[str, Any], mode: str) -> None:
        self.values, self.too_complex, self.problem = values, False, ""
        self.fields: list[Field] = []
        try:
            self.fields = build_form(row.parameter_openapi_schema or {}, values)
        except TooComplex:
            self.too_complex, mode = True, JSON
        self.mode, self.text = mode, pretty_json(values)

    def read(self, request: WorkspaceRequest) -> bool:
        """Read what was sent, and return whether it was right."""
        if self.mode == JSON:
            self.text = request.POST.get("json", "")
            try:
                self.values = parse_object(self.text) if self.text.strip() else {}
            except ValidationError as error:
                self.problem = " ".join(error.messages)
            return not self.problem
        keys = {field.path[-1] for field in self.fields}
        others = {key: value for key, value in self.values.items() if key not in keys}
        values, right = read_values(self.fields, request.POST.dict())
        self.values = others | values
        return right

    def change_rows(self, *, add: str, remove: str) -> None:
        """Add or remove a row of an array. Nothing is said yet about what is wrong elsewhere."""
        change_rows(self.fields, add=add, remove=remove)
        for field in _all(self.fields):
            field.error = ""

    def blame(self, error: InvalidRunParameters) -> bool:
        """Show the error at the field that caused it. Return whether there is such a field."""
        field = field_at(self.fields, error.field) if self.mode == FORM and error.field else None
        if field is not None:
            field.error = error.reason
        return field is not None


def _run(
    request: WorkspaceRequest, row: Deployment, options: RunForm, shown: _Parameters, body: DeploymentFlowRunCreate
) -> HttpResponse:
    check_may_hydrate(request.access, body.parameters)
    try:
        run, _ = create_deployment_run(row, body, actor=request.user.as_actor())
    except (Invalid, Conflict) as error:
        if not (isinstance(error, InvalidRunParameters) and shown.blame(error)):
            shown.problem = " ".join(error.messages)
        return _page(request, row, options, shown, status=422)
    return _created(request, row, run)


def _created(request: WorkspaceRequest, row: Deployment, run: FlowRun) -> HttpResponse:
    messages.success(request, f"The run {run.name} was created.")
    if request.access.allows(scopes.SEE_FLOWS):
        return redirect(address(request.workspace, "flow-run", run.id))
    return redirect(address(request.workspace, "deployment", row.id))


def _body(parameters: dict[str, Any], data: dict[str, Any]) -> DeploymentFlowRunCreate:
    """Return the request that the API would get. Raises `InvalidBody` if the API would refuse it."""
    start: datetime = data["start"] or timezone.now()
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": start.isoformat()}}
    body = {
        "parameters": parameters,
        "name": data["name"] or None,
        "tags": data["tags"],
        "state": state | ({"message": data["message"]} if data["message"] else {}),
        "work_queue_name": data.get("work_queue_name") or None,
        "job_variables": data.get("job_variables") or None,
    }
    raw = json_text(body).encode()
    try:
        return adapter_of(DeploymentFlowRunCreate).validate_json(reject_unstorable_json(raw))
    except DoesNotFit as error:
        raise InvalidBody(error.errors(include_url=False), raw) from None


def _queues(row: Deployment) -> list[str]:
    if row.work_queue is None:
        return []
    queues = row.work_queue.work_pool.queues.order_by("name")
    return list(queues.values_list("name", flat=True)[:_MOST_QUEUES])


def _page(
    request: WorkspaceRequest, row: Deployment, options: RunForm, shown: _Parameters, *, status: int = 200
) -> HttpResponse:
    context = {
        "deployment": row,
        "form": options,
        "parameters": shown,
        "fields": shown.fields,
        "wrong": [field for field in _all(shown.fields) if field.error],
    }
    return render(request, "workspaces/runs/run_deployment.html", context, status=status)


def _all(fields: list[Field]) -> list[Field]:
    return [each for field in fields for each in (field, *_all(field.children))]
