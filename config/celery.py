"""The Celery application. Tasks carry ids of committed rows, so that the database is the source of truth."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bailiwick")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _take_role(**_: object) -> None:
    from django.db import connections

    from core.db import policies

    connections.settings["default"]["ROLE"] = policies.role_of(policies.WORKER)
