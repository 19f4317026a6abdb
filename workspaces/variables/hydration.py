"""Values that clients send in place of parameters: JSON text, or the value of a variable of the workspace.

Such a value is an object with `__prefect_kind` (docs/contract/deployments.md, "Values in parameters").
"""

import json
from typing import Any

import orjson

from core.errors import Forbidden
from core.json_depth import deeper_than
from core.rest.bodies import without_nul
from core.rest.responses import json_bytes
from rbac import scopes
from workspaces.models import Workspace
from workspaces.scoping import Access
from workspaces.variables.models import Variable

_KIND = "__prefect_kind"
_DEPTH = 100
# Of one request, because a small marker can stand for a large value.
_MOST_VARIABLES = 200
_MOST_BYTES = 1_048_576


class HydrationError(Exception):
    """A value cannot be replaced. `path` leads to it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.path: list[str | int] = []


def hydrate(parameters: dict[str, Any], workspace: Workspace | None) -> dict[str, Any]:
    """Return parameters with all such values replaced. Raises `HydrationError`, also if the result is too large.

    Without a workspace there are no variables, as for somebody who may not see them.
    """
    if _KIND.encode() not in json_bytes(parameters):
        return parameters
    _check_depth(parameters)
    variables = _Variables(workspace)
    replaced = {name: _hydrated_at(name, value, variables) for name, value in parameters.items()}
    _check_depth(replaced)
    return replaced


def check_may_hydrate(access: Access, parameters: dict[str, Any] | None) -> None:
    """Raise `Forbidden` if parameters have such values and the caller may not see variables, which these can name."""
    if access.allows(scopes.SEE_VARIABLES) or not parameters:
        return
    if _KIND.encode() in json_bytes(parameters):
        raise Forbidden(f"Parameters with {_KIND} need the scope {scopes.SEE_VARIABLES} in the workspace.")


class _Variables:
    """The variables that the parameters of one request name. Each is read once."""

    def __init__(self, workspace: Workspace | None) -> None:
        self._workspace = workspace
        self._known: dict[str, tuple[Any, int]] = {}
        self._bytes = 0

    def value(self, name: Any) -> Any:
        """Return the value of a variable. Raises `HydrationError`."""
        if not isinstance(name, str):
            raise _unknown(name)
        if name not in self._known:
            self._known[name] = self._read(name)
        value, size = self._known[name]
        self._bytes += size
        if self._bytes > _MOST_BYTES:
            raise HydrationError(f"The values of variables have more than {_MOST_BYTES:,} bytes")
        return value

    def _read(self, name: str) -> tuple[Any, int]:
        if len(self._known) >= _MOST_VARIABLES:
            raise HydrationError(f"The parameters name more than {_MOST_VARIABLES} variables")
        rows = Variable.objects.filter(workspace=self._workspace, name=name)
        if self._workspace is None or (row := rows.first()) is None:
            raise _unknown(name)
        return row.value, len(json_bytes(row.value))


def _check_depth(parameters: dict[str, Any]) -> None:
    if deeper_than(_DEPTH, parameters):
        raise HydrationError(f"The parameters are nested deeper than {_DEPTH} levels")


def _hydrated_at(place: str | int, value: Any, variables: _Variables) -> Any:
    """Return the value at a name or index, and let errors say where they are."""
    try:
        return _hydrated(value, variables)
    except HydrationError as error:
        error.path.insert(0, place)
        raise


def _unknown(name: Any) -> HydrationError:
    return HydrationError(f"Variable {str(name)[:255]!r} not found in workspace.")


def _hydrated(value: Any, variables: _Variables) -> Any:
    if isinstance(value, list):
        return [_hydrated_at(index, item, variables) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if value.get(_KIND) is None:
        return {name: _hydrated_at(name, part, variables) for name, part in value.items()}
    parts = {name: _hydrated(part, variables) for name, part in value.items()}
    match value[_KIND]:
        case "none":
            return _value(parts)
        case "json":
            return _parsed(_value(parts))
        case "workspace_variable":
            return variables.value(parts.get("variable_name"))
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
        return orjson.loads(without_nul(text.encode()) if isinstance(text, str) else text)
    except (ValueError, TypeError):
        raise HydrationError(f"Invalid JSON: {_reason(text)}") from None


def _reason(text: Any) -> str:
    """Return why a text is not JSON, in the words of Python's own parser."""
    try:
        json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        return str(error)
    return "it has numbers or characters that cannot be stored"
