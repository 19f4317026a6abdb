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
        "POST /ui/schemas/validate",
        r"(\.errors: ours has 1, theirs 0|\.valid: ours False, theirs True)",
        "Templates in parameters are refused.",
    ),
    Intended(
        ".*",
        r".*\.work_queue_name: ours '\w+', theirs None",
        "Deployments and runs keep the name of their default queue when it is deleted.",
    ),
    Intended(
        "(POST|GET) /work_queues/.*",
        r"(\[\d+\])?\.status: ours 'PAUSED', theirs '(NOT_)?READY'",
        "A new queue that is paused has the status of one, at this address too.",
    ),
    Intended(
        ".*",
        r": ours lacks \['detail'\], has more \['exception_detail'",
        "Of two mistakes in one request, the other one is named.",
    ),
    Intended(
        "(POST|GET) /work_queues/.*",
        r"(\[\d+\])?\.priority: ours \d+, theirs 1",
        "A queue that a deployment creates gets the next priority, as every new queue does.",
    ),
    Intended(
        ".* /deployments/.*",
        r".*\.status: ours 'NOT_READY', theirs 'READY'",
        "A deployment that moves to another queue gets the status of that queue.",
    ),
    Intended(
        ".* /deployments/.*",
        r".*\.last_polled: ours None, theirs '",
        "Polls of a queue are noted at the queue, so a deployment that leaves it has none.",
    ),
    Intended(
        "POST /deployments/.*",
        r".*\.(error|detail): ours .*Invalid schema: ",
        "What is wrong with a schema is said in our own words.",
    ),
    Intended(
        "POST /deployments/[^/]+/schedules",
        r"\.detail: ours 'Schedule slugs must be unique",
        "On PostgreSQL the server has the same text.",
    ),
    Intended(
        "GET /collections/views/.*",
        r".*(ours lacks \['description'\], has more \[\]|\.description: ours .*)",
        "Descriptions are our own words, or left out.",
    ),
]


def is_intended(request: str, difference: str) -> bool:
    """Say whether an answer to this request may differ in this way."""
    return any(re.fullmatch(one.request, request) and re.match(one.difference, difference) for one in INTENDED)
