"""Check values against a JSON Schema, as a form for parameters does."""

from typing import Annotated, Any, Union

from django.http import HttpResponse
from pydantic import Field
from rest_framework.request import Request

from core import json_schema
from core.errors import Invalid
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from workspaces import shapes
from workspaces.rest import ENTER, WorkspaceView
from workspaces.shapes import Resource
from workspaces.variables.hydration import HydrationError, hydrate


class SchemaValues(shapes.Request):
    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    values: dict[str, Any]


class PropertyEntry(Resource):
    property: str
    errors: list[Union[str, "PropertyEntry", "IndexEntry"]]


class IndexEntry(Resource):
    index: int
    errors: list[Union[str, PropertyEntry, "IndexEntry"]]


class SchemaValuesResult(Resource):
    errors: list[str | PropertyEntry | IndexEntry]
    valid: bool


class ValidateView(WorkspaceView):
    required_scopes = {"POST": ENTER}

    @describe("validate_obj", body=SchemaValues, answers={200: SchemaValuesResult})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return what is wrong with the values, by property and index. Messages quote them, also those of variables."""
        body = self.body(SchemaValues)
        workspace = self.workspace if self.access.allows(scopes.SEE_VARIABLES) else None
        try:
            schema = json_schema.accept_null(json_schema.check_schema(body.schema_))
            errors = _tree(json_schema.problems(hydrate(body.values, workspace), schema))
        except json_schema.InvalidSchema as error:
            raise Invalid(f"Invalid schema: {error}") from None
        except HydrationError as error:
            errors = _tree([json_schema.Problem(tuple(error.path), str(error))])
        return Answer({"errors": errors, "valid": not errors})


def _tree(problems: list[json_schema.Problem]) -> list[Any]:
    """Return the messages, those below a property or index in an entry of its own."""
    root: list[Any] = []
    for problem in problems:
        errors = root
        for part in problem.path:
            errors = _entry(errors, part)["errors"]
        errors.append(problem.message)
    return root


def _entry(errors: list[Any], part: str | int) -> dict[str, Any]:
    key = "index" if isinstance(part, int) else "property"
    for entry in errors:
        if isinstance(entry, dict) and entry.get(key) == part:
            return entry
    errors.append({key: part, "errors": []})
    made: dict[str, Any] = errors[-1]
    return made
