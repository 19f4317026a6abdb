"""Pages of variables: the list, and forms to create, edit and delete a variable."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from core.errors import Invalid
from core.pages.keyset import page, total
from core.pages.query_strings import search_text
from core.rest.shapes import plain
from rbac import scopes
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.variables.forms import VariableForm, initial_values, pretty_json
from workspaces.variables.models import Variable
from workspaces.variables.services import create_variable, delete_variable, find_variable, update_variable

ROWS = 50
_EXAMPLE = "from prefect.variables import Variable\n\n{}"
_LINE_LENGTH = 80  # characters of a value that the list shows


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable in the list. `line` is its value in one line; `full` is empty unless the line was shortened."""

    variable: Variable
    line: str
    full: str


@workspace_page(scopes.SEE_VARIABLES)
@require_safe
def variables(request: WorkspaceRequest) -> HttpResponse:
    name, tag = search_text(request.GET), search_text(request.GET, "tag")
    rows = request.workspace.variables.all()
    if name:
        rows = rows.filter(name__icontains=name)
    if tag:
        rows = rows.filter(tags__has_all=[tag])
    variable_page = page(rows, request.GET, key="name", parse=plain, descending=False, size=ROWS)
    context = {
        "page": variable_page,
        "rows": [_row(variable) for variable in variable_page.rows],
        "total": total(variable_page, rows),
        "name": name,
        "tag": tag,
        "filtered": bool(name or tag),
        "example": _EXAMPLE.format('Variable.set("region", "eu-west-1")\nregion = Variable.get("region")'),
        "may_write": request.access.allows(scopes.WRITE_VARIABLES),
        "may_delete": request.access.allows(scopes.MANAGE_VARIABLES),
    }
    return render(request, "workspaces/variables/list.html", context)


@sent_once
@workspace_page(scopes.WRITE_VARIABLES)
@require_http_methods(["GET", "POST"])
def create(request: WorkspaceRequest) -> HttpResponse:
    form = VariableForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_variable(request.workspace, **form.cleaned_data, actor=request.user.as_actor())
            messages.success(request, f"The variable {form.cleaned_data['name']} was created.")
            return redirect(address(request.workspace, "variables"))
        except Invalid as error:
            blame(form, error, "name")
    return _form(request, form)


@sent_once
@workspace_page(scopes.WRITE_VARIABLES)
@require_http_methods(["GET", "POST"])
def edit(request: WorkspaceRequest, variable_id: UUID) -> HttpResponse:
    variable = find_variable(request.workspace, id=variable_id)
    form = VariableForm(request.POST or None, initial=initial_values(variable))
    if request.method == "POST" and form.is_valid():
        try:
            # Save only the fields that were edited: a flow may have changed the others meanwhile.
            changes = {field: form.cleaned_data[field] for field in form.changed_data}
            update_variable(variable, changes, actor=request.user.as_actor())
            messages.success(request, f"The variable {variable.name} was saved.")
            return redirect(address(request.workspace, "variables"))
        except Invalid as error:
            blame(form, error, "name")
    variable.refresh_from_db()  # drop the values that were refused
    return _form(
        request,
        form,
        variable=variable,
        example=_EXAMPLE.format(f'Variable.get("{variable.name}")'),
        may_delete=request.access.allows(scopes.MANAGE_VARIABLES),
    )


@sent_once
@workspace_page(scopes.MANAGE_VARIABLES)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, variable_id: UUID) -> HttpResponse:
    """Ask for confirmation on GET. Delete the variable on POST."""
    variable = find_variable(request.workspace, id=variable_id)
    if request.method == "GET":
        return render(request, "workspaces/variables/delete.html", {"variable": variable})
    delete_variable(variable, actor=request.user.as_actor())
    messages.success(request, f"Deleted the variable “{variable.name}”.")
    return redirect(address(request.workspace, "variables"))


def _form(request: WorkspaceRequest, form: VariableForm, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "workspaces/variables/edit.html", {"form": form, **context}, status=status)


def _row(variable: Variable) -> VariableRow:
    line = orjson.dumps(variable.value).decode()
    if len(line) <= _LINE_LENGTH:
        return VariableRow(variable, line, "")
    return VariableRow(variable, f"{line[:_LINE_LENGTH]}…", pretty_json(variable.value))
