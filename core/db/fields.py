"""Fields that Django does not have: lists of tags, and JSON as it was sent."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

from core.json_text import json_text, parse_json


class TagsField(models.JSONField):
    """A JSON list of strings with the lookups `has_all` and `has_any`, which take lists of strings."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(**kwargs)


class JsonTextField(models.TextField[Any, Any]):
    """JSON as it was sent. PostgreSQL's own JSON columns sort the keys and turn 1e300 into an integer.

    Null is a value like any other, never the absence of one. Integers can be of any size.
    """

    def get_prep_value(self, value: Any) -> str:
        return json_text(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else parse_json(value)


class _TagLookup(Lookup[list[str]]):
    prepare_rhs = False
    postgres_operator: str
    sqlite_test: str

    def get_prep_lookup(self) -> list[str]:
        return list(dict.fromkeys(self.rhs))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} {self.postgres_operator} %s::text[]", [*params, self.get_prep_lookup()]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        sql, params = self.process_lhs(compiler, connection)
        tags = self.get_prep_lookup()
        marks = ", ".join(["%s"] * len(tags)) or "NULL"
        count = f"(SELECT COUNT(DISTINCT value) FROM json_each({sql}) WHERE value IN ({marks}))"  # noqa: S608  marks
        return f"{count} {self.sqlite_test.format(n=len(tags))}", [*params, *tags]


@TagsField.register_lookup
class HasAll(_TagLookup):
    lookup_name = "has_all"
    postgres_operator = "?&"
    sqlite_test = "= {n}"


@TagsField.register_lookup
class HasAny(_TagLookup):
    lookup_name = "has_any"
    postgres_operator = "?|"
    sqlite_test = "> 0"
