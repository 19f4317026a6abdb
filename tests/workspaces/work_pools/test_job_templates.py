"""The check of templates and of job variables, with the messages of a Prefect server."""

import re
from typing import Any

import pytest

from core.errors import Invalid, NotFound
from workspaces.work_pools.job_templates import (
    InvalidJobVariables,
    check_default_variables,
    check_job_variables,
    check_template,
)
from workspaces.work_pools.models import WorkPool

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "string"},
        "cpu": {"type": "integer", "default": 1},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "required": {"type": "boolean"},
    },
}
TEMPLATE = {"job_configuration": {"command": "run {{ image }} {{cpu}}"}, "variables": SCHEMA}


def pool(**properties: Any) -> WorkPool:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], **properties}}
    template: Any = {**TEMPLATE, "variables": schema}
    return WorkPool(name="pool", base_job_template=template)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"variables": SCHEMA}, "must contain both a `job_configuration` key and a `variables` key"),
        ({"job_configuration": {}, "variables": SCHEMA}, "must contain both"),
        ({"job_configuration": {"a": [{"b": "{{ nowhere }}"}]}, "variables": SCHEMA}, "variable(s): nowhere."),
        ({"job_configuration": "{{ image }}", "variables": SCHEMA}, "must be objects"),
        ({"job_configuration": {"a": "b"}, "variables": {"properties": []}}, "must be an object"),
        ({"job_configuration": {"a": "x" * 200_000}, "variables": SCHEMA}, "larger than 131,072 bytes"),
    ],
)
def test_a_template_has_both_parts_and_declares_what_it_uses(template: dict[str, Any], message: str) -> None:
    assert check_template({}) == {}
    assert check_template(TEMPLATE) == TEMPLATE
    with pytest.raises(ValueError, match=re.escape(message)):
        check_template(template)


def test_defaults_match_their_schema() -> None:
    check_default_variables({})
    check_default_variables(TEMPLATE)
    check_default_variables(pool(cpu={"type": "integer", "default": None}).base_job_template)
    with pytest.raises(Invalid) as caught:
        check_default_variables(pool(cpu={"type": "integer", "default": "many"}).base_job_template)
    assert caught.value.message == (
        "Validation failed for work pool's job variable defaults: Validation failed for field 'cpu'. "
        "Failure reason: 'many' is not valid under any of the given schemas"
    )
    with pytest.raises(Invalid) as caught:
        check_default_variables(pool(cpu={"type": "nothing"}).base_job_template)
    assert caught.value.message.startswith("Invalid schema: ")
    with pytest.raises(NotFound, match="Block not found"):
        check_default_variables(pool(cpu={"default": {"$ref": {"block_document_id": "x"}}}).base_job_template)


def test_variables_of_a_run_override_those_of_the_deployment() -> None:
    nothing: Any = {}
    check_job_variables(WorkPool(base_job_template=nothing), {"anything": 1}, require=True)
    check_job_variables(pool(), {"cpu": "wrong"}, {"cpu": 2, "image": "a", "labels": None}, require=True)
    check_job_variables(pool(), {"required": True}, require=False)
    for variables, message in (
        ({}, "Validation failed. Failure reason: 'image' is a required property"),
        ({"image": None}, "Validation failed for field 'image'. Failure reason: None is not of type 'string'"),
        (
            {"image": "a", "labels": {"b": 1}},
            "Validation failed for field 'labels.b'. Failure reason: 1 is not of type 'string'",
        ),
        ({"image": "a", "required": 1}, "Failure reason: 1 is not valid under any of the given schemas"),
    ):
        with pytest.raises(InvalidJobVariables) as caught:
            check_job_variables(pool(), variables, require=True)
        assert message in caught.value.message


def test_an_invalid_default_is_left_out_and_nothing_is_required_then() -> None:
    broken = pool(cpu={"type": "integer", "default": "many"})
    check_job_variables(broken, {}, require=True)
    with pytest.raises(InvalidJobVariables):
        check_job_variables(broken, {"cpu": "many"}, require=True)
