"""Deleting all rows that belong to a workspace."""

from uuid import UUID

from django.apps import apps
from django.db import connection

from rbac.access_lists import AccessControlled, delete_access_lists
from workspaces.models import Workspace, WorkspaceOwned


def delete_rows_of(workspace: Workspace) -> None:
    """Delete the rows of the workspace in all tables with a workspace key, and their access lists.

    Uses SQL, as Django's cascade would load each row first. The order of the tables does not matter, because foreign
    keys are checked at the end of the transaction.
    """
    for model in apps.get_models():
        if issubclass(model, WorkspaceOwned) and issubclass(model, AccessControlled):
            delete_access_lists(model, workspace=workspace)
    for model in apps.get_models():
        if issubclass(model, WorkspaceOwned):
            table = connection.ops.quote_name(model._meta.db_table)
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE workspace_id = %s", [_column_value(workspace.id)])  # noqa: S608


def _column_value(value: UUID) -> UUID | str:
    return value if connection.features.has_native_uuid_field else value.hex
