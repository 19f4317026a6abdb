"""A lookup of text columns in addition to Django's own."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler


class ContainsLike(Lookup[str]):
    """`ILIKE '%text%'`, in which `%` and `_` of the text are wildcards. SQLite's LIKE ignores case in ASCII only."""

    lookup_name = "contains_like"
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} ILIKE %s", [*params, f"%{self.rhs}%"]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} LIKE %s", [*params, f"%{self.rhs}%"]


models.CharField.register_lookup(ContainsLike)
models.TextField.register_lookup(ContainsLike)
