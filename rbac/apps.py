from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class RbacConfig(AppConfig):
    name = "rbac"
    verbose_name = "Roles and permissions"

    def ready(self) -> None:
        from rbac.sync import built_in_roles  # needs the models

        post_migrate.connect(built_in_roles, sender=apps.get_app_config("workspaces"))
