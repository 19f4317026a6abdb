"""Workers report when each task last succeeded, and how often it failed."""

import logging
from typing import Any

from celery.signals import task_failure, task_success
from django.db import Error
from django.db.models import F
from django.utils import timezone

from config.models import TaskReport
from core.throttle import Throttle

logger = logging.getLogger("bailiwick.tasks")

_successes = Throttle(15)  # by name of the task


@task_success.connect
def report_success(sender: Any, **signal: Any) -> None:
    if _successes.is_due(sender.name):
        _update(sender.name, succeeded_at=timezone.now())


@task_failure.connect
def report_failure(sender: Any, exception: BaseException, **signal: Any) -> None:
    _update(sender.name, failures=F("failures") + 1, failed_at=timezone.now(), last_error=type(exception).__name__)


def _update(name: str, **values: Any) -> None:
    try:
        TaskReport.objects.get_or_create(name=name)
        TaskReport.objects.filter(name=name).update(**values)
    except Error as error:  # the database is unavailable; the error of the task itself is logged elsewhere
        logger.warning("The report of the task %s was not saved: %s", name, error)
