from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "workspaces.scheduling"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.runs import hooks
        from workspaces.scheduling.late_notes import late_notes

        hooks.late_notes.append(late_notes)
