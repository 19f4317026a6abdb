from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "workspaces.deployments"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.deployments.pages import on_flows
        from workspaces.deployments.services.deployments import delete_limits_of_flow
        from workspaces.deployments.transfer_part import ACCESS_LISTS, SCHEDULES
        from workspaces.flows import hooks
        from workspaces.transfer_parts.registry import register

        hooks.before_delete.append(delete_limits_of_flow)
        hooks.tabs.append(on_flows.TAB)
        register(ACCESS_LISTS)
        register(SCHEDULES)
