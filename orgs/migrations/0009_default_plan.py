from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the default plan: every feature, no limits."""
    Plan = apps.get_model("orgs", "Plan")
    if not Plan.objects.filter(is_default=True).exists():
        Plan.objects.create(name="Default", description="Every feature is included.", is_default=True)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0008_plans")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
