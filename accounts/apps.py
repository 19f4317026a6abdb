from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and accounts"

    def ready(self) -> None:
        from accounts import signals  # noqa: F401  connects the receivers
        from core.db import lookups  # noqa: F401  registers the lookups
