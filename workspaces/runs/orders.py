"""The orders in which the API lists runs and logs. The first one of each is the default."""

from typing import Literal

from django.db.models import F, OrderBy

from workspaces.filters.flow_runs import STARTED

Order = tuple[str | OrderBy, ...]

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
LOG_ORDER: dict[str, Order] = {
    "TIMESTAMP_ASC": ("timestamp", "id"),
    "TIMESTAMP_DESC": ("-timestamp", "-id"),
}
LogSort = Literal["TIMESTAMP_ASC", "TIMESTAMP_DESC"]
