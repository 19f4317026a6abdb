from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "workspaces.runs"

    def ready(self) -> None:
        # Imported here because models cannot be imported before all apps are loaded.
        from workspaces.deployments import hooks as deployment_hooks
        from workspaces.flows import hooks
        from workspaces.runs.pages import on_deployments, on_flows
        from workspaces.runs.services.logs import delete_logs_of_flow
        from workspaces.runs.services.scheduled_runs import remove_scheduled_runs
        from workspaces.runs.transfer_part import RUNS
        from workspaces.transfer_parts.registry import register

        hooks.before_delete.append(delete_logs_of_flow)
        hooks.columns.append(on_flows.COLUMNS)
        hooks.tabs.insert(0, on_flows.TAB)  # before those of deployments
        deployment_hooks.columns.append(on_deployments.COLUMNS)
        deployment_hooks.tabs += [on_deployments.RUNS, on_deployments.UPCOMING]
        deployment_hooks.remove_scheduled_runs.append(remove_scheduled_runs)
        register(RUNS)
