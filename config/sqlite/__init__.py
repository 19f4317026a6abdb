"""Django's SQLite backend with a limit on the time of queries."""
