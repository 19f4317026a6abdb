"""Runs refer to their deployment and work queue. The columns stay as they are, because the keys have no constraint."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0003_started_with_state_and_parent"),
        ("deployments", "0001_initial"),
        ("work_pools", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="flowrun", name="deployment_id"),
                migrations.RemoveField(model_name="flowrun", name="work_queue_id"),
                migrations.AddField(
                    model_name="flowrun",
                    name="deployment",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="runs",
                        to="deployments.deployment",
                    ),
                ),
                migrations.AddField(
                    model_name="flowrun",
                    name="work_queue",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="runs",
                        to="work_pools.workqueue",
                    ),
                ),
            ]
        ),
    ]
