"""Schemas of workspace scopes and account permissions (docs/contract/cloud-api.md, "The caller")."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from rbac import permissions, scopes


def _one_of(names: frozenset[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in names:
            raise ValueError("no such name")
        return value

    return AfterValidator(check)


Permission = Annotated[str, _one_of(permissions.ALL), Field(json_schema_extra={"enum": sorted(permissions.ALL)})]
Scope = Annotated[str, _one_of(scopes.ALL), Field(json_schema_extra={"enum": sorted(scopes.ALL)})]


class WorkspaceScope(BaseModel):
    name: str
    title: str
    feature_group: str
    includes_scopes: list[str]
    see_scope: Scope | None


class ByPermission(BaseModel):
    permission: Permission


class ByScope(BaseModel):
    scope: Scope
