"""Django's PostgreSQL backend with psycopg's compiled loader of times."""
