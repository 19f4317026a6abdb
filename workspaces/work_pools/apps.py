from django.apps import AppConfig


class WorkPoolsConfig(AppConfig):
    name = "workspaces.work_pools"
