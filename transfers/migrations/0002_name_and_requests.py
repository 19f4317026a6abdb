from django.db import migrations, models
from django.db.models.fields.json import KT


def copy_names(apps, schema_editor):
    rows = apps.get_model("transfers", "Transfer").objects
    rows.update(workspace_name=KT("preview__workspace__name"))


class Migration(migrations.Migration):

    dependencies = [
        ("transfers", "0001_transfers"),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="workspace_name",
            field=models.CharField(default="", max_length=500),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["requested_by", "created"], name="transfer_requested_by"),
        ),
        migrations.RunPython(copy_names, migrations.RunPython.noop),
    ]
