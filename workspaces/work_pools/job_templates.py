"""Job templates of work pools, and the job variables that fill them (docs/contract/work-pools.md, "Job templates").

A template is empty, or consists of `job_configuration`, in which `{{ name }}` stands for a variable, and `variables`,
the JSON Schema of an object with all variables. Workers fill the template; the server only checks.
"""

import re
from typing import Any

from core import json_schema
from core.errors import Invalid, NotFound
from core.rest.responses import json_bytes
from workspaces.work_pools.models import WorkPool

TEMPLATE_BYTES = 131_072  # a list answers with 200 pools at once
_MOST_NAMES = 20  # in an error message
_PLACEHOLDER = re.compile(r"{{\s*([\w.\-\[\]$]+)\s*}}")


class InvalidJobVariables(Invalid):
    """The job variables do not match the schema of the work pool. The message does not say whose variables they are."""


def check_template(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template. Raises `ValueError` if it lacks a part, or uses a variable that it does not declare."""
    if not template:
        return template
    if len(json_bytes(template)) > TEMPLATE_BYTES:
        raise ValueError(f"The `base_job_template` is larger than {TEMPLATE_BYTES:,} bytes.")
    configuration, variables = template.get("job_configuration"), template.get("variables")
    if not configuration or not variables:
        raise ValueError("The `base_job_template` must contain both a `job_configuration` key and a `variables` key.")
    if not isinstance(configuration, dict) or not isinstance(variables, dict):
        raise ValueError("The `job_configuration` and the `variables` of a `base_job_template` must be objects.")
    declared = variables.get("properties", {})
    if not isinstance(declared, dict):
        raise ValueError("The `properties` of the variables schema must be an object.")
    used = set(_PLACEHOLDER.findall(json_bytes(list(configuration.values())).decode()))
    if undeclared := sorted(used - declared.keys()):
        raise ValueError(
            "The variables specified in the job configuration template must be present as properties in the variables "
            "schema. Your job configuration uses the following undeclared variable(s): "
            f"{' ,'.join(undeclared[:_MOST_NAMES])}."
        )
    return template


def check_default_variables(template: dict[str, Any]) -> None:
    """Check the defaults of a template's variables against their own schema.

    Raises `Invalid`, and `NotFound` if a default refers to a block that does not exist.
    """
    schema = _schema(template)
    if schema is None:
        return
    try:
        _validate(_defaults(schema), schema, require=False)
    except InvalidJobVariables as error:
        raise Invalid(f"Validation failed for work pool's job variable defaults: {error.message}") from None


def check_takes_run_keys(template: dict[str, Any]) -> None:
    """Raise `Invalid` if the template does not pass the variable `env` on, which has the keys of runs."""
    configuration = template.get("job_configuration") or {}
    if "env" not in _PLACEHOLDER.findall(json_bytes(list(configuration.values())).decode()):
        raise Invalid(
            "Runs can have keys of their own only if the job configuration of the base job template uses {{ env }}: "
            "workers pass the key to a run in its environment."
        )


def check_job_variables(
    pool: WorkPool,
    deployment_variables: dict[str, Any] | None,
    run_variables: dict[str, Any] | None = None,
    *,
    require: bool,
) -> None:
    """Check the variables of a deployment and of a run of it, which override the defaults of the pool in this order.

    `require` says whether all required variables must have a value, as for a run. A pool without a template accepts
    everything. Raises `InvalidJobVariables`; `Invalid` if the pool's schema itself cannot be used; and `NotFound` if a
    default of the pool refers to a block that does not exist.
    """
    schema = _schema(pool.base_job_template)
    if schema is None:
        return
    defaults = _defaults(schema)
    try:
        invalid_defaults = json_schema.wrong_fields(defaults, json_schema.without_required(schema))
    except json_schema.InvalidSchema as error:
        raise Invalid(f"Invalid schema: {error}") from None
    valid_defaults = {name: value for name, value in defaults.items() if name not in invalid_defaults}
    variables = {**valid_defaults, **(deployment_variables or {}), **(run_variables or {})}
    # A default that had to be left out may have been the value of a required variable.
    _validate(variables, schema, require=require and not invalid_defaults)


def _schema(template: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of a template's variables, or None if it has none. Raises `Invalid` if it is not valid."""
    schema: dict[str, Any] | None = template.get("variables")
    if not schema:
        return None
    try:
        json_schema.check_schema(schema)
    except json_schema.InvalidSchema as error:
        raise Invalid(f"Invalid schema: {error}") from None
    return schema


def _defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the default of each variable that has one. Raises `NotFound` if one refers to a block."""
    properties: dict[str, Any] = schema.get("properties", {})
    defaults = {
        name: part["default"] for name, part in properties.items() if isinstance(part, dict) and "default" in part
    }
    return {name: default for name, default in defaults.items() if not _refers_to_nothing(default)}


def _refers_to_nothing(default: Any) -> bool:
    """Return whether the default is a reference without an id. Raises `NotFound` if it has one.

    There are no blocks yet, so the id of a block is never found.
    """
    if not isinstance(default, dict) or "$ref" not in default:
        return False
    reference = default["$ref"]
    if isinstance(reference, dict) and reference.get("block_document_id") is not None:
        raise NotFound("Block not found.")
    return True


def _validate(variables: dict[str, Any], schema: dict[str, Any], *, require: bool) -> None:
    accepted = json_schema.accept_null(schema, with_defaults=True)
    try:
        json_schema.validate(variables, accepted if require else json_schema.without_required(accepted))
    except json_schema.InvalidSchema as error:
        raise Invalid(f"Invalid schema: {error}") from None
    except json_schema.InvalidValue as error:
        where = f" for field {error.field!r}" if error.field else ""
        raise InvalidJobVariables(f"Validation failed{where}. Failure reason: {error}") from None
