from django.apps import AppConfig


class RunKeysConfig(AppConfig):
    name = "workspaces.run_keys"
