"""Lines of the same time are sorted by their id, so the index that serves their order needs it, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="log", name="log_time"),
        migrations.AddIndex(
            model_name="log", index=models.Index(fields=["workspace", "timestamp", "id"], name="log_time")
        ),
    ]
