"""Regular expressions of schemas, matched in linear time.

The engine is that of jsonschema-rs. It has no look-around and no back-references, which pydantic writes for decimals;
patterns that need them are matched by a second engine that gives up after a fixed amount of backtracking.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jsonschema_rs

from core.json_schema.budget import current
from core.json_schema.errors import InvalidSchema

LONGEST = 500
_COMPILED_BYTES = 2**18
_BACKTRACKS = 1_000
_LONGEST_BACKTRACKED_TEXT = 2_000
_CHARACTERS_A_STEP = 200

Matcher = Callable[[str], bool]


def matcher(pattern: Any, cache: dict[str, Matcher]) -> Matcher:
    """Return a function that searches a text for the pattern. Raises `InvalidSchema`."""
    if not isinstance(pattern, str):
        raise InvalidSchema("A pattern is not a string.")
    found = cache.get(pattern)
    if found is None:
        if len(pattern) > LONGEST:
            raise InvalidSchema(f"A pattern is longer than {LONGEST} characters.")
        with current().timed():
            found = cache[pattern] = _compiled(pattern)
    return found


def _compiled(pattern: str) -> Matcher:
    schema = {"pattern": pattern}
    linear = jsonschema_rs.RegexOptions(size_limit=_COMPILED_BYTES, dfa_size_limit=_COMPILED_BYTES)
    try:
        return partial(_linear_match, jsonschema_rs.Draft202012Validator(schema, pattern_options=linear))
    except ValueError:
        pass  # not a pattern, too large, or with look-around
    backtracking = jsonschema_rs.FancyRegexOptions(
        backtrack_limit=_BACKTRACKS, size_limit=_COMPILED_BYTES, dfa_size_limit=_COMPILED_BYTES
    )
    try:
        return partial(_backtracking_match, jsonschema_rs.Draft202012Validator(schema, pattern_options=backtracking))
    except ValueError:
        raise InvalidSchema(f"The pattern {pattern!r} is not a regular expression, or is too complex.") from None


def _linear_match(validator: Any, text: str) -> bool:
    current().spend(1 + len(text) // _CHARACTERS_A_STEP)
    return bool(validator.is_valid(text))


def _backtracking_match(validator: Any, text: str) -> bool:
    if len(text) > _LONGEST_BACKTRACKED_TEXT:
        raise InvalidSchema("A pattern with look-around or back-references met a text that is too long for it.")
    with current().timed():
        error = next(validator.iter_errors(text), None)
    if error is None:
        return True
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded):
        raise InvalidSchema("A pattern with look-around or back-references takes too long.")
    return False
