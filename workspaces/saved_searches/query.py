"""Convert the query string of the list of runs into the filters of a saved search, and back."""

from typing import Any

from django.http import QueryDict

# The parameters of the list of runs that a view keeps. The others say which page is shown, or what is selected.
PARAMETERS = (
    "tab", "q", "state", "period", "from", "to", "flow", "deployment", "work-pool", "tag", "children", "same-error",
    "sort",
)  # fmt: skip
_OBJECT, _OPERATION = "flow_run", "any"
_MOST_VALUES, _LONGEST_VALUE = 100, 500


def filters_of(params: QueryDict) -> list[dict[str, Any]]:
    """Return the filters for a query string: one for each parameter, with its values."""
    return [
        {"object": _OBJECT, "property": name, "type": "string", "operation": _OPERATION, "value": values}
        for name in PARAMETERS
        if (values := [value[:_LONGEST_VALUE] for value in params.getlist(name)[:_MOST_VALUES] if value])
    ]


def query_of(filters: list[dict[str, Any]]) -> QueryDict:
    """Return the query string of filters. Filters that other programs saved in another form are left out."""
    params = QueryDict(mutable=True)
    for each in filters:
        values = each["value"]
        ours = each["object"] == _OBJECT and each["operation"] == _OPERATION and each["property"] in PARAMETERS
        if ours and isinstance(values, list) and all(isinstance(value, str) for value in values):
            params.setlist(each["property"], values[:_MOST_VALUES])
    return params
