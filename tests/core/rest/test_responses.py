"""How values are written as JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
import pytest

from core.rest.responses import Answer, NoContent, json_bytes

pytestmark = pytest.mark.one_database(reason="no SQL")

ID = UUID("5f6b6183-94bd-4d28-9ba4-ef4055c69726")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), '"2026-01-01T12:00:00Z"'),
        (datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=UTC), '"2026-01-01T12:00:00.000005Z"'),
        (datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))), '"2026-01-01T14:00:00+02:00"'),
        (ID, f'"{ID}"'),
        ({1: "a"}, '{"1":"a"}'),
        (float("nan"), "null"),
        ("\u2028é", '"\u2028é"'),
    ],
)
def test_value_as_json(value: Any, text: str) -> None:
    assert json_bytes(value).decode() == text


def test_parts_that_are_json_already_stay_so_beside_numbers_of_any_size() -> None:
    data = {"template": orjson.Fragment('{"a": 1e300, "b": 100000000000000000000000}'), "large": 10**30}
    assert json.loads(json_bytes(data)) == {"template": {"a": 1e300, "b": 10**23}, "large": 10**30}


def test_number_of_any_size_is_written() -> None:
    assert json.loads(json_bytes({"n": 2**70, "at": datetime(2026, 1, 1, tzinfo=UTC), "id": ID})) == {
        "n": 2**70,
        "at": "2026-01-01T00:00:00Z",
        "id": str(ID),
    }


def test_responses() -> None:
    answer = Answer({"a": 1}, status=201, headers={"X-Note": "n"})
    assert (answer.status_code, answer["Content-Type"], answer["X-Note"]) == (201, "application/json", "n")
    empty = NoContent()
    assert (empty.status_code, empty.content, "Content-Type" in empty) == (204, b"", False)
