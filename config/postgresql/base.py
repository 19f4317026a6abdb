"""Django's PostgreSQL backend with three changes.

Times are read by psycopg's compiled loader instead of Django's, in a tenth of the time. A page of a hundred runs has
about nine hundred times, so they are most of the cost of such a list. The session's time zone is always UTC, so
Django's corrections are not needed.

Queries of the web processes have a time limit. Transactions are exempt, because PostgreSQL also counts the time that a
statement waits for a lock. A write outside a transaction that waits nearly as long is told that the database is busy.

Each transaction and each statement outside of one says which tenants' rows it may reach (`core.db.tenants`), for the
policies of the tables. It is sent together with the first statement, in one round trip, and ends with the transaction,
so that it also holds behind a pool of connections.
"""

import logging
import re
from typing import Any

import psycopg
from django.db import ProgrammingError
from django.db.backends.postgresql import base, operations
from psycopg import sql
from psycopg.pq import Format, TransactionStatus

from core.db import tenants

logger = logging.getLogger("bailiwick.database")

_LOCKS = 0.8  # of the time of a statement: PostgreSQL looks at the time of the whole statement as well
_HAS_RIGHTS = "SELECT COALESCE(has_table_privilege(to_regclass('django_migrations'), 'SELECT'), false)"
_LIFT = ("SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = 0")
_READS_ROWS = re.compile(r"\s*(\(|SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|EXPLAIN|TABLE|VALUES|--|/\*)", re.IGNORECASE)


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        """Return the query for Django's log of queries, without the statements sent before it."""
        text: str | None = super().last_executed_query(cursor, sql, params)
        return text and text.removeprefix(getattr(cursor, "sent_before", ""))


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL with the additional settings `STATEMENT_SECONDS` and `ROLE`.

    `STATEMENT_SECONDS` limits queries outside of transactions; 0 is no limit. `ROLE` is the role that the connection
    takes. Without it, it keeps the role of the user.
    """

    ops_class = DatabaseOperations
    sent_tenants: str | None = None  # in the transaction that is running; None if unknown

    @property
    def seconds(self) -> float:
        return float(self.settings_dict.get("STATEMENT_SECONDS") or 0)

    def get_connection_params(self) -> Any:
        params = super().get_connection_params()
        if self.seconds:
            limits = (
                f"-c statement_timeout={self.seconds * 1000:.0f} -c lock_timeout={self.seconds * _LOCKS * 1000:.0f}"
            )
            params["options"] = f"{params.get('options', '')} {limits}".strip()
        return params

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        if psycopg.pq.__impl__ != "python":
            # Django has replaced the loader on its connections; psycopg's own adapters still have the compiled one.
            loader = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)
            assert loader is not None
            connection.adapters.register_loader("timestamptz", loader)
        if role := self.settings_dict.get("ROLE"):
            _take_role(connection, role)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if name:
            return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)
        return TenantCursor(self)

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs leave it out
        self.sent_tenants = None  # PostgreSQL took back what was set after the savepoint


def _take_role(connection: Any, role: str) -> None:
    """Take the role for the whole session, and log if the connection is not bound by row-level security then.

    If the role does not exist, has no rights yet, or is not open to the user, the connection keeps the user's own.
    """
    name = sql.Identifier(role)
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(name))
        if not connection.execute(_HAS_RIGHTS).fetchone()[0]:
            connection.execute("RESET ROLE")
            logger.warning("The role %s has no rights yet: run manage.py migrate.", role)
    except (psycopg.errors.InvalidParameterValue, psycopg.errors.InsufficientPrivilege) as error:
        connection.rollback()
        logger.warning("This process keeps its own role: %s", error)
    bound = "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"
    if not connection.execute(bound).fetchone()[0]:
        logger.error("Row-level security is off for this process, because its role is a superuser or bypasses it.")
    if not connection.autocommit:
        connection.commit()


class TenantCursor(psycopg.ClientCursor[Any]):
    """Sends statements about the transaction together with its first statement, in one round trip."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        super().__init__(wrapper.connection)
        self._wrapper = wrapper
        self.sent_before = ""

    def execute(self, query: Any, params: Any = None, **more: Any) -> "TenantCursor":
        before = self._statements_before(query)
        self.sent_before = "".join(f"{statement}; " for statement in before)
        super().execute(self.sent_before + query if before else query, params, **more)
        for _ in before:
            self.nextset()
        self._note_sent()
        return self

    def executemany(self, query: Any, params_seq: Any, **more: Any) -> None:
        self._send_before()
        super().executemany(query, params_seq, **more)

    def copy(self, statement: Any, params: Any = None, **more: Any) -> Any:
        self._send_before()
        return super().copy(statement, params, **more)

    def _send_before(self) -> None:
        """Send the statements in a round trip of their own, before calls that cannot send them along."""
        if self.connection.autocommit:
            raise ProgrammingError("Call executemany and copy in a transaction, which says what they may reach.")
        if before := self._statements_before(""):
            super().execute("; ".join(before))
            self._note_sent()

    def _statements_before(self, query: str) -> list[str]:
        """Return what to send before the query: the limit to lift, and the tenants that it may reach."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:  # only ROLLBACK is accepted
            return []
        idle = status == TransactionStatus.IDLE
        reached = tenants.reached()
        if idle and self.connection.autocommit:
            # PostgreSQL refuses CREATE DATABASE and the like together with another statement.
            return [_may_reach(reached)] if reached and _READS_ROWS.match(query) else []
        statements = [*_LIFT] if idle and self._wrapper.seconds else []
        if reached != (tenants.NONE if idle else self._wrapper.sent_tenants):
            statements.append(_may_reach(reached))
        return statements

    def _note_sent(self) -> None:
        """Note what the running transaction may reach, once the database has it."""
        if self.connection.pgconn.transaction_status == TransactionStatus.INTRANS:
            self._wrapper.sent_tenants = tenants.reached()


def _may_reach(reached: str) -> str:
    return f"SET LOCAL bailiwick.tenants = '{reached}'"
