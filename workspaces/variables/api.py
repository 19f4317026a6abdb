"""Endpoints of variables."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import Conflict, Taken
from core.rest.descriptions import Described, describe
from core.rest.errors import INTEGRITY_CONFLICT
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.list_views import NAME_ORDERS, CountView, ListView, NounView
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import anything
from workspaces.variables import schemas
from workspaces.variables.models import Variable
from workspaces.variables.services import create_variable, delete_variable, find_variable, update_variable

FIELDS = ("id", "created", "updated", "name", "value", "tags")


class VariablesView(WorkspaceView):
    required_scopes = {"POST": scopes.WRITE_VARIABLES}

    @describe("create_variable", body=schemas.VariableCreate, answers={201: schemas.Variable})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.VariableCreate)
        variable = create_variable(
            self.workspace, name=body.name, value=body.value, tags=body.tags or [], actor=self.actor
        )
        return _answer(variable, status=201)


class VariableView(WorkspaceView):
    """An endpoint of a variable, which the URL names by id."""

    required_scopes = {
        "GET": scopes.SEE_VARIABLES,
        "PATCH": scopes.WRITE_VARIABLES,
        "DELETE": scopes.MANAGE_VARIABLES,
    }
    lookup_field: ClassVar[str] = "id"

    def variable(self) -> Variable:
        return find_variable(self.workspace, **{self.lookup_field: self.kwargs[self.lookup_field]})

    @describe("read_variable", answers={200: schemas.Variable})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return _answer(self.variable())

    @describe("update_variable", body=schemas.VariableUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        changes = self.body(schemas.VariableUpdate).model_dump(exclude_unset=True)
        variable = self.variable()
        # Prefect's server leaves nulls in these two to its database, and responds as to any broken constraint.
        if any(changes.get(field, "") is None for field in ("name", "tags")):
            raise Conflict(INTEGRITY_CONFLICT)
        try:
            update_variable(variable, changes, actor=self.actor)
        except Taken:
            raise Conflict(INTEGRITY_CONFLICT) from None
        return NoContent()

    @describe("delete_variable", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        delete_variable(self.variable(), actor=self.actor)
        return NoContent()


class VariableByNameView(VariableView):
    """An endpoint of a variable, which the URL names by name."""

    lookup_field = "name"
    run_keys = {"GET": anything}

    @classmethod
    def described(cls, method: str) -> Described | None:
        described = super().described(method)
        return described and replace(described, operation=f"{described.operation}_by_name")


class VariableLists(NounView):
    noun, model, orders, row_shape = "variables", Variable, NAME_ORDERS, schemas.Variable
    required_scopes = {"POST": scopes.SEE_VARIABLES}

    def serialize(self, rows: QuerySet[Variable]) -> list[dict[str, Any]]:
        return list(rows.values(*FIELDS))


class VariablesFilterView(VariableLists, ListView):
    operation, body_shape = "read_variables", schemas.VariablesFilter


class VariablesCountView(VariableLists, CountView):
    operation, body_shape = "count_variables", schemas.VariablesCount


def _answer(variable: Variable, status: int = 200) -> HttpResponse:
    return Answer({field: getattr(variable, field) for field in FIELDS}, status=status)
