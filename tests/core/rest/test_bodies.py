"""Bodies with too many strings are refused; log lines that quote JSON are not."""

import json

import pytest

from core.rest.bodies import MOST_STRINGS, reject_unstorable_json
from core.rest.errors import InvalidBody


def test_many_strings_are_refused() -> None:
    with pytest.raises(InvalidBody):
        reject_unstorable_json(json.dumps(["a"] * (MOST_STRINGS + 1)).encode())
    # One in two of these quotes looks as if it were escaped.
    with pytest.raises(InvalidBody):
        reject_unstorable_json(json.dumps(["\\"] * (2 * MOST_STRINGS + 1)).encode())


def test_quotes_in_a_log_line_are_no_strings() -> None:
    message = json.dumps({"rows": ["a"] * (MOST_STRINGS + 1)})
    body = json.dumps([{"name": "n", "message": message}]).encode()
    assert reject_unstorable_json(body) == body
