from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "workspaces.access"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.access import transfer_part
        from workspaces.transfer_parts.registry import register

        register(transfer_part.ACCESS)
        register(transfer_part.INVITATIONS)
