"""Celery's broker: Redis, or files in the data folder of an installation without Redis."""

from pathlib import Path

from kombu.transport import TRANSPORT_ALIASES


def redis_options() -> dict[str, object]:
    """Return the options of Redis as the broker. Times are in seconds."""
    return {"socket_timeout": 5, "socket_connect_timeout": 2, "visibility_timeout": 3600}


def file_options(data_dir: Path) -> dict[str, object]:
    """Register `files://` as a broker, create its folders in the data folder, and return its options."""
    TRANSPORT_ALIASES["files"] = "core.file_broker:Transport"
    queue = data_dir / "queue"
    for folder in ("control", "messages"):
        (queue / folder).mkdir(parents=True, exist_ok=True)
    messages = str(queue / "messages")
    return {"data_folder_in": messages, "data_folder_out": messages, "control_folder": str(queue / "control")}
