from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and accounts"

    def ready(self) -> None:
        from accounts import lookups, signals  # noqa: F401  being there is enough: they register and listen
