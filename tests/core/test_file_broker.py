"""A worker never reads half of a message from the broker of files."""

import threading
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from core.file_broker import Channel, Transport

pytestmark = pytest.mark.one_database(reason="no SQL")


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path)}
    channel = Connection("files://localhost", transport_options=folders).channel()
    assert isinstance(channel, Channel) and Transport.Channel is Channel
    return channel


def test_messages_are_whole_however_often_one_looks(channel: Any, tmp_path: Path) -> None:
    payloads = [
        {"body": "x" * 3_000_000, "number": number} for number in range(30)
    ]  # large, so that writing takes time

    def write() -> None:
        for payload in payloads:
            channel._put("celery", payload)

    writer = threading.Thread(target=write)
    writer.start()
    found: list[dict[str, Any]] = []
    while writer.is_alive() or list(tmp_path.glob("*.msg")):
        if list(tmp_path.glob("*.msg")):
            found.append(channel._get("celery"))
    writer.join()
    assert sorted(message["number"] for message in found) == list(range(30))
    assert list(tmp_path.iterdir()) == []
