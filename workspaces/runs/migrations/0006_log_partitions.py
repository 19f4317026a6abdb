"""Log lines are in partitions by the time when they arrived. On PostgreSQL alone (core/db/partitions.py)."""

from typing import Any

from django.db import migrations

from core.db import partitions


def convert(apps: Any, schema_editor: Any) -> None:
    partitions.convert(schema_editor, "runs_log", "created", 7)


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_scheduling_indexes")]

    operations = [migrations.RunPython(convert)]
