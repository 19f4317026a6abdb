"""Inputs of flow runs: JSON values that are sent to a run while it runs or is paused, each under a key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from auditlog.actors import Actor
from core import json_schema
from core.errors import Conflict
from core.rest.responses import json_bytes
from orgs.plans import check_cap
from workspaces.audit import record_in
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunInput
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.orchestration.transition import REJECT
from workspaces.runs.services.transitions import Outcome
from workspaces.runs.states import PAUSED


@transaction.atomic
def add_input(
    workspace: Workspace, run: FlowRun, *, key: str, value: str, sender: str | None, actor: Actor
) -> FlowRunInput:
    """Add an input to a run.

    Raises `Conflict` if the run has an input with this key, and `Invalid` if it has as many as it may have.
    """
    list(FlowRun.objects.select_for_update(no_key=True).filter(id=run.id).values_list("id"))
    check_cap(workspace.account, "flow_run_inputs", FlowRunInput.objects.filter(flow_run=run).count())
    try:
        with transaction.atomic():
            row = FlowRunInput.objects.create(workspace=workspace, flow_run=run, key=key, value=value, sender=sender)
    except IntegrityError:
        raise Conflict("A flow run input with this key already exists.") from None
    record_in(workspace, "flow-run-input.created", actor=actor, object_id=run.id, object_name=run.name, key=key)
    return row


@transaction.atomic
def delete_input(workspace: Workspace, run_id: Any, key: str, *, actor: Actor) -> bool:
    """Delete an input. Returns False if there is no such run or input."""
    deleted, _ = FlowRunInput.objects.filter(workspace=workspace, flow_run_id=run_id, key=key).delete()
    if deleted:
        record_in(workspace, "flow-run-input.deleted", actor=actor, object_id=run_id, key=key)
    return bool(deleted)


@dataclass(frozen=True, slots=True)
class CheckedInput:
    """The result of validating the input of a resumption: the state and schema used, and why it is invalid if it is."""

    state_id: UUID | None
    schema: tuple[UUID, datetime] | None
    error: str | None


def check_input(workspace: Workspace, run_id: UUID, value: dict[str, Any]) -> CheckedInput:
    """Validate the input of a resumption by the schema that the pause asked for.

    Locks nothing, because validation may take a while. `store_input` makes sure that nothing has changed since.
    """
    run = FlowRun.objects.select_related("state").filter(workspace=workspace, id=run_id).first()
    state = run.state if run else None
    keys = _keyset(state.state_details) if state and state.type == PAUSED else {}
    if state is None or not keys:
        return CheckedInput(None, None, None)
    schema = FlowRunInput.objects.filter(workspace=workspace, flow_run=run_id, key=keys.get("schema")).first()
    if schema is None:
        return CheckedInput(state.id, None, "Run input schema not found.")
    error = _validation_error(schema.value, value)
    if error is None and not keys.get("response"):
        error = "Run input response key not found."
    return CheckedInput(state.id, (schema.id, schema.updated), error)


def store_input(
    workspace: Workspace,
    run: FlowRun,
    paused: RunState,
    value: dict[str, Any],
    checked: CheckedInput,
    *,
    actor: Actor,
) -> Outcome | None:
    """Store the input of a resumption of a locked run. Returns the refusal if the input is invalid.

    Raises `InputOutdated` if the state or the schema is no longer the one that was used to validate it.
    """
    keys = _keyset(paused.details)
    if not keys:
        return None
    schemas = FlowRunInput.objects.filter(workspace=workspace, flow_run=run, key=keys.get("schema"))
    if (paused.id, schemas.values_list("id", "updated").first()) != (checked.state_id, checked.schema):
        raise InputOutdated
    if checked.error is not None:
        return _InvalidInput(REJECT, checked.error, 0, paused, stored=False)
    key = keys["response"]
    _, created = FlowRunInput.objects.update_or_create(
        flow_run=run,
        key=key,
        defaults={"workspace": workspace, "value": json_bytes(value).decode()},
    )
    action = "flow-run-input.created" if created else "flow-run-input.updated"
    record_in(workspace, action, actor=actor, object_id=run.id, object_name=run.name, key=key)
    return None


class InputOutdated(Exception):
    """The run was paused again, or its schema was replaced, while the input was validated."""


def _keyset(details: dict[str, Any]) -> dict[str, str]:
    """Return the keys of inputs that a pause names, or an empty dictionary: clients choose the details of a state."""
    keys = details.get("run_input_keyset")
    return keys if isinstance(keys, dict) else {}


def _validation_error(schema: str, value: dict[str, Any]) -> str | None:
    """Return why the input is invalid, in the words of the Prefect server."""
    try:
        json_schema.validate(value, json_schema.load_schema(schema))
    except json_schema.SchemaNotJson:
        return "Run input schema is not valid JSON."
    except json_schema.InvalidSchema as error:
        return f"Invalid schema: {error}"
    except json_schema.InvalidValue as error:
        where = f" for field {error.field!r}" if error.field else ""
        return f"Reason: Validation failed{where}. Failure reason: {error}"
    return None


class _InvalidInput(Outcome):
    """A rejected resumption, to which the Prefect server gives the details of an abort."""

    @property
    def details(self) -> dict[str, Any]:
        return {"type": "abort_details", "reason": self.reason}
