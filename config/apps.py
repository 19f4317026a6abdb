from django.apps import AppConfig
from django.core.signals import request_finished, request_started
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import task_reports  # noqa: F401  connects the receivers
        from core.db import partitions, policies, tenants

        request_started.connect(tenants.begin_request)
        request_finished.connect(tenants.end_request)
        post_migrate.connect(policies.install, sender=self)
        post_migrate.connect(partitions.keep_ahead, sender=self)
