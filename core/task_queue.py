"""Hand work to the task queue once the transaction is committed."""

import logging
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

logger = logging.getLogger("bailiwick.tasks")


def enqueue_on_commit(task_name: str, *args: str) -> None:
    """Queue the task `app.tasks.function` after the commit.

    Tasks are named, not passed, because they call the services that queue them; and Celery is loaded by the first task
    that is queued, not by every process that starts. The caller must not depend on the task: if the broker is
    unreachable, it is logged and dropped. A sweep finds mail that was dropped.
    """
    task = import_string(task_name)
    transaction.on_commit(lambda: _publish(task, args))


def _publish(task: Any, args: tuple[str, ...]) -> None:
    try:
        task.apply_async(args)
    except Exception as error:  # whatever the broker's client raises, the request is answered
        logger.warning("Could not queue %s: %s", task.name, error)
