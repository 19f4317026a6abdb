"""Row-level security on PostgreSQL: the policies of the tenants' tables, and the roles of the processes.

`manage.py migrate` calls `install` at its end. Where the user of the database may not create roles, an administrator
runs the statements of docs/install.md once.
"""

import logging
import time
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Model

logger = logging.getLogger("bailiwick.database")

# Each is evaluated once for a query instead of once for a row, because it is a subquery.
_ALL = "(SELECT current_setting('bailiwick.tenants', true) = '*')"
_TENANTS = "(SELECT string_to_array(nullif(current_setting('bailiwick.tenants', true), '*'), ',')::uuid[])"
_VERSION = 1  # of the policies; a higher number replaces those of an older version
_ATTEMPTS = 10
WEB, WORKER = "web", "worker"
_LOCK = 7_201_948  # an advisory lock of PostgreSQL, because several processes may migrate at once


def tenant_models() -> list[type[Model]]:
    """Return the models whose rows belong to a tenant: those with a `tenant_column`, the column with its id."""
    return [model for model in apps.get_models() if _tenant_column(model) and not model._meta.proxy]


def protected_models() -> list[type[Model]]:
    """Return the models with a policy: those of `tenant_models`, and those whose rows are parts of such a row.

    A part names its foreign key to that row in `tenant_through`.
    """
    return tenant_models() + [model for model in apps.get_models() if _tenant_through(model)]


def role_of(process: str) -> str:
    """Return the role of the processes WEB or WORKER. Empty if they keep the role that they sign in with."""
    prefix = str(connection.settings_dict.get("ROLE_PREFIX") or "")
    return f"{prefix}_{process}" if prefix else ""


def install(**_: object) -> None:
    """Create the policies and the roles, or replace older ones. A receiver of Django's `post_migrate`.

    A table that a later migration creates, or that has been removed, is left out.
    """
    if connection.vendor != "postgresql":
        return
    tables = set(connection.introspection.table_names())
    existing = installed_policies()
    for model in protected_models():
        if model._meta.db_table in tables and existing.get(model._meta.db_table) != _label(model):
            _install_policy(model)
    if role_of(WEB):
        _install_roles(tables)


def _install_policy(model: type[Model]) -> None:
    """Create the policies of one table, in a transaction of its own, which does not wait long for the table."""
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                for statement in _policy_statements(model):
                    cursor.execute(statement)
            return
        except OperationalError:  # somebody else holds the table
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(1)


def _policy_statements(model: type[Model]) -> Iterator[str]:
    table = connection.ops.quote_name(model._meta.db_table)
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS bailiwick_tenant ON {table}"
    yield f"CREATE POLICY bailiwick_tenant ON {table} USING ({_ALL} OR {_is_reached(model)})"
    yield f"COMMENT ON POLICY bailiwick_tenant ON {table} IS '{_label(model)}'"
    if getattr(model, "append_only", False):  # a failed sign-in, for example, is recorded by a stranger
        yield f"DROP POLICY IF EXISTS bailiwick_append ON {table}"
        yield f"CREATE POLICY bailiwick_append ON {table} FOR INSERT WITH CHECK (true)"


def _is_reached(model: type[Model]) -> str:
    """Return the SQL condition that a row of the model belongs to a tenant that is reached."""
    if column := _tenant_column(model):
        return f"{column} = ANY ({_TENANTS}::uuid[])"
    key: Any = model._meta.get_field(_tenant_through(model))
    quote, whole = connection.ops.quote_name, key.related_model._meta
    # The policy of that table decides, because it holds for this subquery, too.
    return (
        f"EXISTS (SELECT 1 FROM {quote(whole.db_table)} AS whole "  # noqa: S608  names of tables and columns
        f"WHERE whole.{quote(whole.pk.column)} = {key.column})"
    )


def _install_roles(tables: set[str]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            for statement in _role_statements(tables):
                cursor.execute(statement)
    except DatabaseError as error:
        logger.warning("The roles for row-level security could not be created (docs/install.md): %s", error)


def _role_statements(tables: set[str]) -> Iterator[str]:
    """Return the SQL that creates the roles, if they are missing, and grants their rights."""
    quote = connection.ops.quote_name
    for role in (role_of(WEB), role_of(WORKER)):
        name = quote(role)
        # Another installation with the same user may create the role at the same moment.
        if not _exists(role):
            yield (
                f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; GRANT {name} TO CURRENT_USER; "
                "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        yield f"GRANT USAGE ON SCHEMA public TO {name}"
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"
    web = quote(role_of(WEB))
    for model in apps.get_models():
        if model._meta.db_table not in tables:
            continue
        if getattr(model, "append_only", False):
            yield f"REVOKE UPDATE, DELETE ON {quote(model._meta.db_table)} FROM {web}"
        if getattr(model, "written_by_workers", False):
            yield f"REVOKE INSERT, UPDATE, DELETE ON {quote(model._meta.db_table)} FROM {web}"


def _exists(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return bool(cursor.fetchall())


def installed_policies() -> dict[str, str]:
    """Return each table's policy as its version and the column that it reads.

    Tables whose policy does not bind their owner are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, obj_description(p.oid, 'pg_policy') "
            "FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid "
            "WHERE p.polname = 'bailiwick_tenant' AND c.relrowsecurity AND c.relforcerowsecurity "
            "AND c.relnamespace = 'public'::regnamespace"
        )
        return dict(cursor.fetchall())


def _label(model: type[Model]) -> str:
    return f"{_VERSION} {_tenant_column(model) or _tenant_through(model)}"


def _tenant_column(model: type[Model]) -> str:
    return getattr(model, "tenant_column", "")


def _tenant_through(model: type[Model]) -> str:
    return getattr(model, "tenant_through", "")
