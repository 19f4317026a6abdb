"""What a run is told while it runs, by key."""

from typing import Any

import orjson
from django.db import IntegrityError, transaction
from jsonschema import SchemaError
from jsonschema.validators import Draft202012Validator

from accounts.rest.answers import json_bytes
from accounts.rest.errors import ApiError
from auditlog.actors import Actor
from workspaces.audit import record_in
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunInput
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.orchestration.transition import REJECT
from workspaces.runs.services.transitions import Outcome


@transaction.atomic
def add_input(
    workspace: Workspace, run: FlowRun, *, key: str, value: str, sender: str | None, actor: Actor
) -> FlowRunInput:
    """Raises ApiError 409 when the run has an input with this key."""
    try:
        with transaction.atomic():
            row = FlowRunInput.objects.create(workspace=workspace, flow_run=run, key=key, value=value, sender=sender)
    except IntegrityError:
        raise ApiError(409, "A flow run input with this key already exists.") from None
    record_in(workspace, "flow-run-input.created", actor=actor, object_id=run.id, object_name=run.name, key=key)
    return row


@transaction.atomic
def delete_input(workspace: Workspace, run_id: Any, key: str, *, actor: Actor) -> bool:
    gone, _ = FlowRunInput.objects.filter(workspace=workspace, flow_run_id=run_id, key=key).delete()
    if gone:
        record_in(workspace, "flow-run-input.deleted", actor=actor, object_id=run_id, key=key)
    return bool(gone)


def refuse_or_keep_input(
    workspace: Workspace, run: FlowRun, paused: RunState, given: dict[str, Any], *, actor: Actor
) -> Outcome | None:
    """Hold the input of a resumption against the schema that the pause asked for, and keep it; or say what is wrong."""
    keys = paused.details["run_input_keyset"]
    if not keys:
        return None
    schema_row = FlowRunInput.objects.filter(flow_run=run, key=keys.get("schema")).first()
    if schema_row is None:
        return _refused("Run input schema not found.", paused)
    try:
        schema = orjson.loads(schema_row.value)
        Draft202012Validator.check_schema(schema)
    except (orjson.JSONDecodeError, SchemaError):
        return _refused("Run input schema is not valid JSON.", paused)
    error = next(iter(Draft202012Validator(schema).iter_errors(given)), None)
    if error is not None:
        return _refused(f"Reason: {error.message}", paused)
    key = keys["response"]
    _, new = FlowRunInput.objects.update_or_create(
        flow_run=run,
        key=key,
        defaults={"workspace": workspace, "value": json_bytes(given).decode()},
    )
    action = "flow-run-input.created" if new else "flow-run-input.updated"
    record_in(workspace, action, actor=actor, object_id=run.id, object_name=run.name, key=key)
    return None


class _Refusal(Outcome):
    """The reference gives a rejected resumption the details of an abortion."""

    @property
    def details(self) -> dict[str, Any]:
        return {"type": "abort_details", "reason": self.reason}


def _refused(reason: str, paused: RunState) -> Outcome:
    return _Refusal(REJECT, reason, 0, paused, stored=False)
