"""Columns that the database compares in its own way: lists of tags."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler


class TagsField(models.JSONField):
    """A JSON list of strings with the lookups `has_all` and `has_any`, each with a list of strings."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(**kwargs)


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
