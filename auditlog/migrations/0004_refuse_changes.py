"""Triggers that refuse to change or delete audit entries and checkpoints (docs/audit-log.md).

Two changes are allowed: an entry that is not chained yet gets its place in the chain, and entries are deleted while the
transaction has a row in the table of prunings. A migration that rebuilds these tables on SQLite must create the
triggers again; tests/auditlog/test_triggers.py fails if they are missing.
"""

from typing import Any

from django.db import migrations

_ENTRY, _CHECKPOINT = "auditlog_entry", "auditlog_checkpoint"
_REFUSAL = "Audit entries are never changed or deleted."
_KEPT = (
    "id", "occurred", "action", "result", "actor_kind", "actor_id", "actor_name", "account_id", "workspace_id",
    "object_id", "object_name", "detail", "request_id", "address", "user_agent",
)  # fmt: skip

_POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION auditlog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rows_exist boolean;
BEGIN
    IF EXISTS (SELECT 1 FROM auditlog_pruning) AND TG_OP <> 'UPDATE' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.position IS NULL AND NEW.position IS NOT NULL
       AND to_jsonb(NEW) - 'position' - 'hash' = to_jsonb(OLD) - 'position' - 'hash' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', TG_TABLE_NAME) INTO rows_exist;
        IF NOT rows_exist THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def create_triggers(apps: Any, schema_editor: Any) -> None:
    statements = _postgresql() if schema_editor.connection.vendor == "postgresql" else _sqlite()
    for statement in statements:
        schema_editor.execute(statement, None)


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION auditlog_refuse_change() CASCADE")
        return
    for table in (_ENTRY, _CHECKPOINT):
        for event in ("update", "delete", "insert"):
            schema_editor.execute(f"DROP TRIGGER {table}_{event}")


def _postgresql() -> list[str]:
    statements = [_POSTGRESQL_FUNCTION]
    for table in (_ENTRY, _CHECKPOINT):
        statements += [
            f"CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION auditlog_refuse_change()",
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION auditlog_refuse_change()",
        ]
    return statements


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    same = " AND ".join(f'OLD."{column}" IS NEW."{column}"' for column in _KEPT)
    chained = f'OLD."position" IS NULL AND NEW."position" IS NOT NULL AND {same}'
    statements = [
        f"CREATE TRIGGER {_ENTRY}_update BEFORE UPDATE ON {_ENTRY} WHEN NOT ({chained}) {refuse}",
        f"CREATE TRIGGER {_CHECKPOINT}_update BEFORE UPDATE ON {_CHECKPOINT} {refuse}",
    ]
    not_pruning = "NOT EXISTS (SELECT 1 FROM auditlog_pruning)"
    for table in (_ENTRY, _CHECKPOINT):
        existing = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # INSERT OR REPLACE would delete it unseen
        statements += [
            f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} WHEN {not_pruning} {refuse}",
            f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} WHEN {existing} {refuse}",
        ]
    return statements


class Migration(migrations.Migration):
    dependencies = [("auditlog", "0003_chain_entries")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
