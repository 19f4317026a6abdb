"""Django's PostgreSQL backend with psycopg's compiled loader of times, and a limit on the time of queries."""
