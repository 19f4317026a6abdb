from django.apps import AppConfig


class WorkPoolsConfig(AppConfig):
    name = "workspaces.work_pools"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.transfer_parts.registry import register
        from workspaces.work_pools.transfer_part import ACCESS_LISTS, WORKERS

        register(ACCESS_LISTS)
        register(WORKERS)
