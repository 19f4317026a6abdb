"""Validate values against JSON Schemas (draft 2020-12) that come from users.

Every call has a bounded cost, whatever the schema and the value are, and touches neither the network nor the disk.
Callers see `InvalidSchema` and `InvalidValue` and nothing else.
"""

from core.json_schema.errors import CircularSchema, InvalidSchema, InvalidValue, SchemaNotJson
from core.json_schema.loading import check_schema, load_schema
from core.json_schema.relaxed import accept_null, without_required
from core.json_schema.validation import Problem, problems, validate, wrong_fields

__all__ = [
    "CircularSchema",
    "InvalidSchema",
    "InvalidValue",
    "Problem",
    "SchemaNotJson",
    "accept_null",
    "check_schema",
    "load_schema",
    "problems",
    "validate",
    "without_required",
    "wrong_fields",
]
