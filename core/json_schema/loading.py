"""Parse schemas and check their size, depth and validity."""

from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator

from core.json_depth import deeper_than
from core.json_schema.errors import InvalidSchema, SchemaNotJson

SCHEMA_BYTES = 262_144
SCHEMA_DEPTH = 100
SCHEMA_VALUES = 20_000

Schema = dict[str, Any] | bool

# Compiled once. The Python validator would need milliseconds for each subschema.
_metaschema = jsonschema_rs.Draft202012Validator(dict(Draft202012Validator.META_SCHEMA))


def load_schema(text: str) -> Schema:
    """Parse a schema. Raises `SchemaNotJson` and `InvalidSchema`."""
    if len(text) > SCHEMA_BYTES:
        raise InvalidSchema(f"The schema is larger than {SCHEMA_BYTES:,} bytes.")
    try:
        schema = orjson.loads(text)
    except ValueError:  # orjson also refuses more than a thousand levels
        raise SchemaNotJson("The schema is not valid JSON.") from None
    return check_schema(schema)


def check_schema(schema: Any) -> Schema:
    """Return the schema if it is small enough and valid in draft 2020-12. Raises `InvalidSchema`."""
    if not isinstance(schema, dict | bool):
        raise InvalidSchema("The schema is neither an object nor a boolean.")
    if deeper_than(SCHEMA_DEPTH, schema):
        raise InvalidSchema(f"The schema is nested deeper than {SCHEMA_DEPTH} levels.")
    if _more_values_than(SCHEMA_VALUES, schema):
        raise InvalidSchema(f"The schema holds more than {SCHEMA_VALUES:,} values.")
    try:
        _metaschema.validate(schema)
    except jsonschema_rs.ValidationError as error:
        raise InvalidSchema(str(error.message)) from None
    return schema


def _more_values_than(most: int, schema: Any) -> bool:
    count, waiting = 0, [schema]
    while waiting:
        value = waiting.pop()
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        count += len(parts)
        if count > most:
            return True
        waiting += [part for part in parts if isinstance(part, dict | list)]
    return False
