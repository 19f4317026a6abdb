"""Read all rows that belong to an account: those of its tenants, and those that point at them."""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, OneToOneField, QuerySet

from config.isolation.side import Side
from core.db import tenants

Key = tuple[str, str]  # a table and the primary key of a row
Rows = dict[str, set[str]]  # the rows by table, as text


def keys_of(side: Side) -> set[Key]:
    """Return the keys of all rows that belong to the side: what points at a row of it, belongs to it, too."""
    keys = {("accounts_account", str(side.account.id)), ("workspaces_workspace", str(side.workspace.id))}
    keys |= {("accounts_user", str(caller.user.pk)) for caller in side.callers.values()}
    known = 0
    while known < len(keys):
        known = len(keys)
        for model in _models():
            for row in _all_rows(model):
                if _belongs(row, keys):
                    keys |= _own_keys(row)
    return keys


def rows_of(keys: Collection[Key], tables: Collection[str] | None = None) -> Rows:
    """Return the rows of these tables (of all, if None) whose key is among the keys, or which point at one of them."""
    found: Rows = {}
    for model in _models():
        table = model._meta.db_table
        if tables is None or table in tables:
            found[table] = {_text(row) for row in _all_rows(model) if _belongs(row, keys)}
    return found


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def _all_rows(model: type[Model]) -> QuerySet[Model]:
    with tenants.reaching_all():  # the rows of both sides are compared
        rows: QuerySet[Model] = QuerySet(model).order_by()
        len(rows)
        return rows


def _belongs(row: Model, keys: Collection[Key]) -> bool:
    return any(key in keys for key in _keys(row))


def _keys(row: Model) -> list[Key]:
    """Return the key of the row and those of the rows that it points at."""
    found = [(row._meta.db_table, str(row.pk)), *_pointed_at(row, ForeignKey)]
    if getattr(row, "tenant_column", "") == "account_id":  # of the audit log, which outlives accounts
        found.append(("accounts_account", str(getattr(row, "account_id"))))  # noqa: B009  mypy knows no such attribute
    return found


def _own_keys(row: Model) -> set[Key]:
    """Return the key of the row, and those of rows that exist for it alone, such as the group of a team."""
    return {(row._meta.db_table, str(row.pk)), *_pointed_at(row, OneToOneField)}


def _pointed_at(row: Model, kind: type[ForeignKey[Any, Any]]) -> list[Key]:
    """Return the keys of the rows that the row points at with fields of this kind."""
    fields = [field for field in row._meta.concrete_fields if isinstance(field, kind)]
    values = [(field.related_model._meta.db_table, getattr(row, field.attname)) for field in fields]
    return [(table, str(value)) for table, value in values if value is not None]


def _text(row: Model) -> str:
    values: Any = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return repr({name: bytes(value) if isinstance(value, memoryview) else value for name, value in values.items()})
