from django.apps import AppConfig


class AuditLogConfig(AppConfig):
    name = "workspaces.audit_log"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.audit_log.needed_entries import first_needed_position
        from workspaces.retention import hooks

        hooks.audit_needed.append(first_needed_position)
