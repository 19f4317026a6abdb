"""Events are in partitions by the time when they occurred. On PostgreSQL alone (core/db/partitions.py)."""

from typing import Any

from django.db import migrations

from core.db import partitions


def convert(apps: Any, schema_editor: Any) -> None:
    partitions.convert(schema_editor, "events_event", "occurred", 7)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunPython(convert)]
