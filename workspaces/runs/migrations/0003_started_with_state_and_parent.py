"""Lists in the order of the start filter by state and parent, so the index that serves them has these columns, too."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0002_log_time_with_id")]

    operations = [
        migrations.RemoveIndex(model_name="flowrun", name="flow_run_started"),
        migrations.AddIndex(
            model_name="flowrun",
            index=models.Index(
                models.F("workspace"),
                models.OrderBy(
                    django.db.models.functions.comparison.Coalesce("start_time", "expected_start_time"),
                    descending=True,
                ),
                models.OrderBy(models.F("id"), descending=True),
                models.F("state_type"),
                models.F("parent_task_run"),
                name="flow_run_started",
            ),
        ),
    ]
