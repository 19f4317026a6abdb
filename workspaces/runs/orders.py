"""The orders in which flows and runs can be asked for."""

from typing import Literal

from django.db.models import DateTimeField, F, OrderBy
from django.db.models.functions import Coalesce

Order = tuple[str | OrderBy, ...]

# Start or, before that, the expected start; there is an index on it.
STARTED = Coalesce("start_time", "expected_start_time", output_field=DateTimeField())

FLOW_ORDER: dict[str, tuple[str, ...]] = {
    "NAME_ASC": ("name",),
    "NAME_DESC": ("-name",),
    "CREATED_DESC": ("-created", "-id"),
    "UPDATED_DESC": ("-updated", "-id"),
}
FLOW_RUN_ORDER: dict[str, Order] = {
    "ID_DESC": ("-id",),
    "START_TIME_ASC": (STARTED.asc(), "id"),
    "START_TIME_DESC": (STARTED.desc(), "-id"),
    "EXPECTED_START_TIME_ASC": ("expected_start_time", "id"),
    "EXPECTED_START_TIME_DESC": ("-expected_start_time", "-id"),
    "NAME_ASC": ("name", "id"),
    "NAME_DESC": ("-name", "-id"),
    "NEXT_SCHEDULED_START_TIME_ASC": ("next_scheduled_start_time", "id"),
    "END_TIME_DESC": (F("end_time").desc(nulls_last=True), "-id"),
}
TASK_RUN_ORDER: dict[str, Order] = {
    key: value for key, value in FLOW_RUN_ORDER.items() if not key.startswith("START_TIME")
}
FlowRunSort = Literal[
    "ID_DESC",
    "START_TIME_ASC",
    "START_TIME_DESC",
    "EXPECTED_START_TIME_ASC",
    "EXPECTED_START_TIME_DESC",
    "NAME_ASC",
    "NAME_DESC",
    "NEXT_SCHEDULED_START_TIME_ASC",
    "END_TIME_DESC",
]
TaskRunSort = Literal[
    "ID_DESC",
    "EXPECTED_START_TIME_ASC",
    "EXPECTED_START_TIME_DESC",
    "NAME_ASC",
    "NAME_DESC",
    "NEXT_SCHEDULED_START_TIME_ASC",
    "END_TIME_DESC",
]
