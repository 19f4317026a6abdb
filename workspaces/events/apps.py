from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "workspaces.events"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.events.transfer_part import EVENTS
        from workspaces.transfer_parts.registry import register

        register(EVENTS)
