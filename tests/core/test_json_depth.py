"""The depth of nested JSON."""

from typing import Any

import pytest

from core.json_depth import deeper_than

pytestmark = pytest.mark.one_database(reason="no SQL")


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value, "b": "text"}
    return value


@pytest.mark.parametrize(("levels", "data", "deeper"), [
    (0, 1, False),
    (0, [], True),
    (1, [], False),
    (1, {"a": 1}, False),
    (1, [1, {}], True),
    (2, {"a": [1], "b": {}}, False),
    (2, {"a": 1, "b": {"c": [1]}}, True),
])  # fmt: skip
def test_depth(levels: int, data: Any, deeper: bool) -> None:
    assert deeper_than(levels, data) is deeper


def test_deep_values_are_measured_without_recursion() -> None:
    value = nested(50_000)
    assert deeper_than(49_999, value)
    assert not deeper_than(50_000, value)
    while isinstance(value, list | dict):  # let go of it level by level, as freeing it at once would recurse
        value = value[0] if isinstance(value, list) else value["a"]
