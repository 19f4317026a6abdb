"""Messages for subscribers, which are parsed and serialized once for all of them."""

from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from core.rest.responses import json_bytes


class Message:
    """An event or a log line. In `data` from the bus, ids and times are strings; from the database, they are not."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.id = _id(data["id"])

    @cached_property
    def text(self) -> str:
        """Return the text that subscribers' filters search, in lower case."""
        raise NotImplementedError

    @cached_property
    def frame(self) -> bytes:
        """The websocket frame."""
        raise NotImplementedError

    def time(self, field: str) -> datetime:
        """Return the value of a field that is a time, parsed."""
        value = self.data[field]
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class EventMessage(Message):
    @cached_property
    def body(self) -> bytes:
        return json_bytes(self.data)

    @cached_property
    def text(self) -> str:
        return f"{self.data['event']} {self.body.decode()}".lower()

    @cached_property
    def frame(self) -> bytes:
        return b'{"type":"event","event":' + self.body + b"}"

    @cached_property
    def occurred(self) -> datetime:
        return self.time("occurred")


class LogMessage(Message):
    @cached_property
    def text(self) -> str:
        return str(self.data["message"]).lower()

    @cached_property
    def frame(self) -> bytes:
        line = {name: value for name, value in self.data.items() if name != "workspace_id"}
        return json_bytes({"type": "log", "log": {**line, "created": None, "updated": None}})

    @cached_property
    def timestamp(self) -> datetime:
        return self.time("timestamp")

    @cached_property
    def flow_run_id(self) -> UUID | None:
        return _optional_id(self.data["flow_run_id"])

    @cached_property
    def task_run_id(self) -> UUID | None:
        return _optional_id(self.data["task_run_id"])


def _id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _optional_id(value: UUID | str | None) -> UUID | None:
    return None if value is None else _id(value)
