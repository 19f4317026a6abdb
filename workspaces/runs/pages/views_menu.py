"""The menu of saved views above the list of runs."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from core.pages.query_strings import query_string
from workspaces.pages import WorkspaceRequest
from workspaces.saved_searches.query import filters_of, query_of

MOST_VIEWS = 15  # the page of all views has the others


@dataclass(frozen=True, slots=True)
class ViewLink:
    name: str
    href: str
    current: bool


def views_menu(request: WorkspaceRequest, params: QueryDict) -> dict[str, Any]:
    """Return the context of the menu: the first views by name, and which of them is shown."""
    shown = _comparable(query_of(filters_of(params)))
    searches = request.workspace.saved_searches.order_by("name")[:MOST_VIEWS]
    queries = [(search.name, query_of(search.filters)) for search in searches]
    links = [ViewLink(name, query_string(query, {}), _comparable(query) == shown) for name, query in queries]
    return {
        "links": links,
        "current": next((link.name for link in links if link.current), ""),
    }


def _comparable(params: QueryDict) -> dict[str, list[str]]:
    return {name: sorted(values) for name, values in params.lists()}
