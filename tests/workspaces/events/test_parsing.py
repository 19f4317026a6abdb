"""What counts as an event."""

import json
import uuid

import pytest
from django.utils import timezone

from tests.workspaces.events.frames import plain_event
from workspaces.events.frames import InvalidFrame, parse_event

pytestmark = pytest.mark.one_database(reason="no SQL")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"id": 1}', '"x"', "[" * 2000 + "]" * 2000])
def test_text_that_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(InvalidFrame):
        parse_event(uuid.uuid4(), text.encode(), timezone.now())


@pytest.mark.parametrize("filler", ["[]", "{}", "1", '"x"', '{"x":1}', '"\\\\"', '"\\""'])
def test_event_of_very_many_values_is_refused(filler: str) -> None:
    """They would block the process while they are written."""
    frame = json.dumps(plain_event()).replace('"payload": {}', f'"payload": {{"x": [{",".join([filler] * 150_000)}]}}')
    with pytest.raises(InvalidFrame, match="more than 50000 values"):
        parse_event(uuid.uuid4(), frame.encode(), timezone.now())


def test_long_text_is_one_value() -> None:
    frame = json.dumps(plain_event(payload={"text": "a,[{" * 200_000 + 'say "a,b,c", ' * 20_000 + "\\\\" * 20_000}))
    assert parse_event(uuid.uuid4(), frame.encode(), timezone.now()).event == "test.happened"
