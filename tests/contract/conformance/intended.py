"""Where our answers differ from those of the Prefect server on purpose, with the reasons."""

import re
from dataclasses import dataclass

# Only Cloud has these fields.
OURS_ALONE = {"version_id", "version_info", "disabled", "metadata_"}
# The Prefect server has no users.
EITHER_WAY = {"created_by", "updated_by"}
# They depend on how quickly the servers work.
WITHOUT_VALUE = {
    "estimated_start_time_delta", "estimated_run_time", "total_run_time", "time_in_current_state", "lateness",
    "avg_slot_occupancy_seconds",
}  # fmt: skip


@dataclass(frozen=True)
class Intended:
    """A difference that is meant: expressions that match "METHOD /path", and the sentence about the difference."""

    request: str
    difference: str
    reason: str


INTENDED = [
    Intended(".*", r"status: ours 4\d\d, theirs 500", "It fails."),
    Intended(
        "POST /work_pools/[^/]+/queues",
        r"\.detail: .*work_pool_name!r",
        "Its text has a placeholder that it does not fill.",
    ),
    Intended(
        r"POST /v2/concurrency_limits/(in|de)crement.*",
        "status: ours 422, theirs 200",
        "Its document says that there must be a name, but it takes none.",
    ),
    Intended(
        "POST /concurrency_limits/filter",
        r": ours has \d+, theirs \d+",
        "It limits the list before it leaves out the limits that are not about tags.",
    ),
    Intended(
        "POST /concurrency_limits/increment",
        "status: ours 200, theirs 423",
        "Here a task run that holds a slot does not need another one.",
    ),
    Intended(
        "GET /collections/views/.*",
        r".*ours lacks \['description'\], has more \[\]",
        "The descriptions of job variables are Prefect's own words.",
    ),
]


def is_intended(request: str, difference: str) -> bool:
    """Say whether an answer to this request may differ in this way."""
    return any(re.fullmatch(one.request, request) and re.match(one.difference, difference) for one in INTENDED)
