"""Audit entries are in partitions by time. On PostgreSQL alone (core/db/partitions.py)."""

from typing import Any

from django.db import migrations

from core.db import partitions


def convert(apps: Any, schema_editor: Any) -> None:
    partitions.convert(schema_editor, "auditlog_entry", "occurred", 28)


class Migration(migrations.Migration):
    dependencies = [("auditlog", "0004_refuse_changes")]

    operations = [migrations.RunPython(convert)]
