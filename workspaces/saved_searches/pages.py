"""Pages of saved searches, which the interface calls views."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from core.errors import Invalid
from core.pages.keyset import page, total
from core.pages.query_strings import query_string, shortened
from core.rest.shapes import plain
from rbac import scopes
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.saved_searches.forms import ViewForm
from workspaces.saved_searches.models import SavedSearch
from workspaces.saved_searches.query import filters_of, query_of
from workspaces.saved_searches.services import (
    create_saved_search,
    delete_saved_search,
    find_saved_search,
    rename_saved_search,
)

EDIT = "workspaces/saved_searches/edit.html"
_LONGEST_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A view in the list, with a summary of its conditions."""

    search: SavedSearch
    conditions: str
    open: str


@workspace_page(scopes.SEE_FLOWS)
@require_safe
def views(request: WorkspaceRequest) -> HttpResponse:
    searches = request.workspace.saved_searches.all()
    listed = page(searches, request.GET, key="name", parse=plain, descending=False)
    context = {
        "page": listed,
        "rows": [_row(request, search) for search in listed.rows],
        "total": total(listed, searches),
        "may_manage": request.access.allows(scopes.MANAGE_SAVED_SEARCH),
    }
    return render(request, "workspaces/saved_searches/list.html", context)


@sent_once
@workspace_page(scopes.MANAGE_SAVED_SEARCH)
@require_http_methods(["GET", "POST"])
def save(request: WorkspaceRequest) -> HttpResponse:
    """Save the filters in the query string under a name."""
    filters = filters_of(request.GET)
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            create_saved_search(request.workspace, name=name, filters=filters, actor=request.user.as_actor())
            messages.success(request, f"Saved the view “{name}”.")
            return redirect(_runs(request, query_of(filters)))
        except Invalid as error:
            blame(form, error, "name")
    return _form(request, form, conditions=_summary(query_of(filters)), back=_runs(request, query_of(filters)))


@sent_once
@workspace_page(scopes.MANAGE_SAVED_SEARCH)
@require_http_methods(["GET", "POST"])
def rename(request: WorkspaceRequest, search_id: UUID) -> HttpResponse:
    search = find_saved_search(request.workspace, search_id)
    old_name, back = search.name, address(request.workspace, "runs-views")
    form = ViewForm(request.POST or None, initial={"name": old_name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_saved_search(search, name=form.cleaned_data["name"], actor=request.user.as_actor())
            messages.success(request, f"Saved the view “{search.name}”.")
            return redirect(back)
        except Invalid as error:
            blame(form, error, "name")
    return _form(request, form, renamed=old_name, conditions=_summary(query_of(search.filters)), back=back)


@sent_once
@workspace_page(scopes.MANAGE_SAVED_SEARCH)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, search_id: UUID) -> HttpResponse:
    """Ask for confirmation on GET. Delete the view on POST."""
    search = find_saved_search(request.workspace, search_id)
    if request.method == "GET":
        return render(request, "workspaces/saved_searches/delete.html", {"search": search})
    delete_saved_search(search, actor=request.user.as_actor())
    messages.success(request, f"Deleted the view “{search.name}”.")
    return redirect(address(request.workspace, "runs-views"))


def _form(request: WorkspaceRequest, form: ViewForm, **context: Any) -> HttpResponse:
    return render(request, EDIT, {"form": form, **context}, status=422 if form.errors else 200)


def _row(request: WorkspaceRequest, search: SavedSearch) -> ViewRow:
    params = query_of(search.filters)
    return ViewRow(search, _summary(params), _runs(request, params))


def _runs(request: WorkspaceRequest, params: QueryDict) -> str:
    return address(request.workspace, "runs") + query_string(params, {})


def _summary(params: QueryDict) -> str:
    conditions = ", ".join(f"{name}: {' + '.join(values)}" for name, values in params.lists())
    return shortened(conditions, _LONGEST_SUMMARY)
