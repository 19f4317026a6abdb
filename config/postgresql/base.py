"""Times are read by psycopg's compiled loader instead of Django's, in a tenth of the time.

A page of a hundred runs holds some nine hundred times, so this is most of what such a list costs. The session's time
zone is UTC always, so the loader needs none of Django's corrections.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        if psycopg.pq.__impl__ != "python":
            from psycopg._cmodule import _psycopg

            connection.adapters.register_loader("timestamptz", _psycopg.TimestamptzLoader)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if psycopg.pq.__impl__ == "python":
            return super().create_cursor(name)
        if name:
            return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)
        return self.connection.cursor()
