"""Check what a deployment is given: parameters against their schema, job variables against the pool, and blocks."""

from typing import Any
from uuid import UUID

from core import json_schema
from core.errors import Conflict, Invalid
from core.rest.responses import json_bytes

PARAMETER_BYTES = 524_288
_CIRCULAR = "Invalid schema: Unable to validate schema with circular references."


class InvalidParameters(Invalid):
    """Parameters do not match their schema, at the place `field`. The message does not say in which operation."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class NoSchema(Invalid):
    """The deployment enforces a schema and has none."""

    def __init__(self) -> None:
        super().__init__(
            "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled and "
            "the deployment does not have a valid parameter schema."
        )


def check_size(parameters: dict[str, Any]) -> None:
    """Raise `Invalid` if the parameters are too large."""
    size = len(json_bytes(parameters))
    if size > PARAMETER_BYTES:
        raise Invalid(
            f"Flow run parameters must be less than {PARAMETER_BYTES:,} bytes when serialized (got {size:,} bytes).",
        )


def check_parameters(parameters: dict[str, Any], schema: Any, *, require: bool) -> None:
    """Check parameters against the schema of a deployment. `require`: whether all required ones must be given.

    Raises `InvalidParameters`, `NoSchema`, and `Invalid` if the schema itself cannot be used.
    """
    if not isinstance(schema, dict):
        raise NoSchema
    try:
        accepted = json_schema.accept_null(json_schema.check_schema(schema))
        json_schema.validate(parameters, accepted if require else json_schema.without_required(accepted))
    except json_schema.CircularSchema:
        raise Invalid(_CIRCULAR) from None
    except json_schema.InvalidSchema as error:
        raise Invalid(f"Invalid schema: {error}") from None
    except json_schema.InvalidValue as error:
        raise InvalidParameters(_failure(error), error.field) from None


def check_changed_variables(job_variables: dict[str, Any], schema: Any) -> None:
    """Check new job variables of a deployment against the schema of its pool, without the defaults.

    Raises `Conflict`, and `Invalid` if the schema cannot be used.
    """
    if not schema:
        return
    try:
        accepted = json_schema.accept_null(json_schema.check_schema(schema))
        json_schema.validate(job_variables, json_schema.without_required(accepted))
    except json_schema.InvalidSchema as error:
        raise Invalid(f"Invalid schema: {error}") from None
    except json_schema.InvalidValue as error:
        raise Conflict(f"Error creating deployment: <ValidationError: {str(error)!r}>") from None


def check_blocks(storage: UUID | None, infrastructure: UUID | None) -> None:
    """Raise `Conflict` if a deployment refers to a block that does not exist. There are no blocks yet."""
    for noun, block_id in (("infrastructure", infrastructure), ("storage", storage)):
        if block_id is not None:
            raise Conflict(f"Error creating deployment. Could not find {noun} block with id: {block_id}.")


def check_given_parameters(parameters: dict[str, Any], schema: Any) -> None:
    """Check parameters and their schema as a request to create a deployment has them. Raises `ValueError`."""
    if schema is None:
        return
    try:
        json_schema.validate(parameters, json_schema.without_required(json_schema.check_schema(schema)))
    except json_schema.InvalidSchema as error:
        raise ValueError(f"The provided schema is not a valid json schema. Schema error: {error}") from None
    except json_schema.InvalidValue as error:
        raise ValueError(_failure(error)) from None


def _failure(error: json_schema.InvalidValue) -> str:
    where = f" for field {error.field!r}" if error.field else ""
    return f"Validation failed{where}. Failure reason: {error}"
