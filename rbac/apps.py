from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class RbacConfig(AppConfig):
    name = "rbac"
    verbose_name = "Roles and permissions"

    def ready(self) -> None:
        from rbac.sync import sync_built_in_roles  # models can be imported only now

        post_migrate.connect(sync_built_in_roles, sender=apps.get_app_config("workspaces"))
