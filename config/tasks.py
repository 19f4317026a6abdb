"""Background tasks of the installation itself."""

import logging

from celery import shared_task
from django.db import connection

from core.db import partitions

logger = logging.getLogger("bailiwick.database")

_MANY = 10_000


@shared_task
def keep_partitions_ahead() -> None:
    """Create the partitions of the next weeks, and warn if many rows are in none (docs/install.md, "Partitions")."""
    if connection.vendor != "postgresql":
        return
    partitions.keep_ahead()
    for model in partitions.partitioned_models():
        if partitions.rows_in_default(model, _MANY) >= _MANY:
            logger.warning("The default partition of %s has %s rows or more.", model._meta.db_table, f"{_MANY:,}")
