"""Values that clients send in place of parameters: JSON text, or the value of a variable of the workspace.

Such a value is an object with `__prefect_kind` (docs/contract/deployments.md, "Values in parameters").
"""

import json
from typing import Any

import orjson

from core.json_depth import deeper_than
from core.rest.responses import json_bytes
from workspaces.models import Workspace
from workspaces.variables.models import Variable

_KIND = "__prefect_kind"
_DEPTH = 100


class HydrationError(Exception):
    """A value cannot be replaced. `path` leads to it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.path: list[str | int] = []


def hydrate(parameters: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """Return parameters with all such values replaced. Raises `HydrationError`."""
    if _KIND.encode() not in json_bytes(parameters):
        return parameters
    if deeper_than(_DEPTH, parameters):
        raise HydrationError(f"The parameters are nested deeper than {_DEPTH} levels")
    return {name: _hydrated_at(name, value, workspace) for name, value in parameters.items()}


def _hydrated_at(place: str | int, value: Any, workspace: Workspace) -> Any:
    """Return the value at a name or index, and let errors say where they are."""
    try:
        return _hydrated(value, workspace)
    except HydrationError as error:
        error.path.insert(0, place)
        raise


def _hydrated(value: Any, workspace: Workspace) -> Any:
    if isinstance(value, list):
        return [_hydrated_at(index, item, workspace) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if value.get(_KIND) is None:
        return {name: _hydrated_at(name, part, workspace) for name, part in value.items()}
    parts = {name: _hydrated(part, workspace) for name, part in value.items()}
    match value[_KIND]:
        case "none":
            return _value(parts)
        case "json":
            return _parsed(_value(parts))
        case "workspace_variable":
            return _variable(parts.get("variable_name"), workspace)
        case "jinja":
            raise HydrationError("Invalid jinja: templates are not supported in parameters")
        case kind:
            raise HydrationError(f"Unknown kind {str(kind)[:100]!r} in __prefect object")


def _value(parts: dict[str, Any]) -> Any:
    if "value" not in parts:
        raise HydrationError("Missing 'value' key in __prefect object")
    return parts["value"]


def _parsed(text: Any) -> Any:
    try:
        return orjson.loads(text)
    except (ValueError, TypeError):
        raise HydrationError(f"Invalid JSON: {_reason(text)}") from None


def _reason(text: Any) -> str:
    """Return why a text is not JSON, in the words of Python's own parser."""
    try:
        json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        return str(error)
    return "it has numbers or characters that cannot be stored"


def _variable(name: Any, workspace: Workspace) -> Any:
    row = Variable.objects.filter(workspace=workspace, name=name).first() if isinstance(name, str) else None
    if row is None:
        raise HydrationError(f"Variable {str(name)[:255]!r} not found in workspace.")
    return row.value
