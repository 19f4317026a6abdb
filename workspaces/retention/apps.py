from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "workspaces.retention"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.retention.transfer_part import RETENTION
        from workspaces.transfer_parts.registry import register

        register(RETENTION)
