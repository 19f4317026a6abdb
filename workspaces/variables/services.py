"""Create, change and delete variables. Each change writes an audit entry and the event that Prefect has for it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import NotFound
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap
from workspaces.events.lifecycle import store_lifecycle_event
from workspaces.models import Workspace
from workspaces.variables.models import Variable


def find_variable(workspace: Workspace, **which: Any) -> Variable:
    """Return the workspace's variable with this `id` or `name`. Raises `NotFound` if there is none."""
    variable = workspace.variables.filter(**which).first()
    if variable is None:
        raise NotFound("Variable not found.")
    return variable


@transaction.atomic
def create_variable(workspace: Workspace, *, name: str, value: Any, tags: list[str], actor: Actor) -> Variable:
    """Create a variable.

    Raises `Taken` if the workspace has a variable with this name, and `Invalid` if it has as many as it may have.
    """
    check_workspace_cap(workspace, "variables", workspace.variables.all())
    with refuse_taken(_taken_message(name)):
        variable = Variable.objects.create(workspace=workspace, name=name, value=value, tags=tags)
    _record(variable, "created", actor)
    return variable


@transaction.atomic
def update_variable(variable: Variable, changes: Mapping[str, Any], *, actor: Actor) -> None:
    """Change the fields in `changes`: `name`, `value` or `tags`.

    Raises `NotFound` if the variable was deleted, and `Taken` if the workspace has another one with the new name.
    """
    before = _lock(variable)
    for field in ("name", "value", "tags"):  # the event has the current values, whenever `variable` was read
        setattr(variable, field, getattr(before, field))
    for field, new in changes.items():
        setattr(variable, field, new)
    with refuse_taken(_taken_message(variable.name)):
        variable.save(update_fields=[*changes, "updated"])
    # Values stay out of the audit log, because its readers may not be allowed to see variables.
    detail = {field: {"from": getattr(before, field), "to": new} for field, new in changes.items() if field != "value"}
    _record(variable, "updated", actor, fields=sorted(changes), **detail)


@transaction.atomic
def delete_variable(variable: Variable, *, actor: Actor) -> None:
    """Delete a variable. Raises `NotFound` if it was already deleted."""
    _record(_lock(variable), "deleted", actor)
    variable.delete()


def _lock(variable: Variable) -> Variable:
    """Lock a variable until the transaction ends. Return its current row, or raise `NotFound` if it was deleted."""
    rows = variable.workspace.variables.select_for_update(no_key=True)
    row = rows.filter(id=variable.id).first()
    if row is None:
        raise NotFound("Variable not found.")
    return row


def _taken_message(name: str) -> str:
    return f"A variable with the name {name!r} already exists."


def _record(variable: Variable, what: str, actor: Actor, **detail: Any) -> None:
    """Write the audit entry and the event of a change."""
    record_in(
        variable.workspace,
        f"variable.{what}",
        actor=actor,
        object_id=variable.id,
        object_name=variable.name,
        **detail,
    )
    store_lifecycle_event(
        variable.workspace_id,
        "variable",
        what,
        object_id=variable.id,
        name=variable.name,
        payload={"name": variable.name, "value": variable.value, "tags": variable.tags},
    )
