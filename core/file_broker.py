"""Kombu's broker of files, for installations without Redis, which writes each message in one step.

Kombu creates the file of a message, then locks and fills it. A worker that looks in between reads an empty message, and
ends.
"""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as in Kombu
        name = f"{round(monotonic() * 1000)}_{uuid4()}"
        folder = Path(self.data_folder_out)
        try:
            unfinished = folder / f"{name}.part"
            unfinished.write_bytes(str_to_bytes(dumps(payload)))
            unfinished.replace(folder / f"{name}.{queue}.msg")
        except OSError as error:
            raise ChannelError(f"The message for the queue {queue} cannot be written.") from error


class Transport(filesystem.Transport):
    Channel = Channel
