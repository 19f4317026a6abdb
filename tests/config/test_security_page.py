"""docs/security.md states the numbers of the code, and names tests that exist."""

import re

import pytest
from django.conf import settings

from config import heavy_requests, limits, websocket_protocol
from config.middleware import PAGE_BODY_BYTES
from core import busy_accounts, processor_time
from core.json_schema import budget, large_values, loading, patterns
from core.names import LENGTH
from core.rest import asgi_bodies, shapes, views
from core.rest.bodies import MOST_CONTAINERS, MOST_STRINGS
from orgs import rate_limits
from tests.site import ROOT
from workspaces import shapes as run_shapes
from workspaces.account_events import reading
from workspaces.account_events import sockets as account_sockets
from workspaces.account_events.filters import LONGEST_PERIOD
from workspaces.deployments.checks import PARAMETER_BYTES
from workspaces.events import filter_limits, frames, hub, ingest, schemas, subscriptions
from workspaces.runs.schemas import MOST_LINES
from workspaces.runs.schemas.logs import MOST_OF_MESSAGE
from workspaces.websockets import authentication

PAGE = (ROOT / "docs/security.md").read_text()
MEGABYTE = 1_000_000
# As the page words them; line breaks count as spaces.
SENTENCES = [
    f"| Size of a schema | {loading.SCHEMA_BYTES:,} characters |",
    f"| Values in a schema | {loading.SCHEMA_VALUES:,} |",
    f"| Nesting of a schema, and of a value | {loading.SCHEMA_DEPTH} levels |",
    f"| {budget.STEPS:,} steps of about 4 microseconds, keywords nested {budget.LEVELS} levels deep |",
    f"| {large_values.EVALUATIONS:,} evaluations, for simple schemas of fewer than {large_values._LARGEST_SCHEMA:,}",
    f"| {patterns.LONGEST} characters, {patterns._COMPILED_BYTES:,} bytes once compiled |",
    f"| {patterns._BACKTRACKS:,} steps back, on texts of at most {patterns._LONGEST_BACKTRACKED_TEXT:,} characters |",
    f"| Body of an API request | {views.BODY_BYTES:,} bytes |",
    f"| Body of a filter | {shapes.FILTER_BYTES:,} bytes |",
    f"| Batch of log lines | {views.LARGEST_BODY_BYTES:,} bytes, {MOST_LINES:,} lines |",
    f"| Lists and objects in one body, log lines excepted | {MOST_CONTAINERS:,} |",
    f"| Strings in one body, log lines excepted | {MOST_STRINGS:,} |",
    f"| Values in one list of a filter | {shapes.MOST_VALUES:,}; tags {shapes.MOST_TAGS} |",
    f"| 250 characters, {shapes._MOST_WILDCARDS} `%` |",
    f"and `job_variables` of a run, `data` of a state | {PARAMETER_BYTES:,} bytes each |",
    f"| Name of a flow run or a task run | {run_shapes.RUN_NAME_LENGTH:,} characters |",
    f"| Message of a log line | {MOST_OF_MESSAGE:,} characters |",
    f"| One query of a web process | {settings.STATEMENT_SECONDS} seconds (`BAILIWICK_STATEMENT_SECONDS`) |",
    f"| Form or upload on a page | {PAGE_BODY_BYTES:,} bytes |",
    f"| Size of a filter | {filter_limits.FILTER_BYTES:,} bytes |",
    f"| Values in a filter | {filter_limits.VALUES:,} in all; {shapes.MOST_VALUES:,} in one list of a log filter |",
    f"| Prefixes and patterns | {filter_limits.PATTERNS}, of at most {filter_limits.PATTERN_LENGTH} characters |",
    f"| Conditions on resources | {filter_limits.PARTS} |",
    f"on the events matched in one go | {filter_limits.LONGEST_SECONDS:g} seconds |",
    f"a quarter of a processor; up to {subscriptions._MATCHING_SECONDS:.0f} seconds are saved up |",
    f"at most {schemas.EVENT_BYTES:,} bytes, {frames.VALUES:,} values, {frames.DEPTH} levels,",
    f"{schemas.LABELS} labels for a resource and {schemas.RELATED} related resources.",
    f"more than {ingest.DROPPED_FRAMES:,} of them is closed.",
    f"Events of {rate_limits.LARGE_EVENT:,} bytes and more",
    f"{rate_limits.LARGE_EVENT_BYTES_PER_SECOND:,} bytes a second for each account",
    f"| {ingest.CONNECTION_BYTES // MEGABYTE} MB | {ingest.WORKSPACE_BYTES // MEGABYTE} MB"
    f" | {ingest.TOTAL_BYTES // MEGABYTE} MB |",
    f"| Messages to be matched | | {hub._UNMATCHED_BYTES // MEGABYTE} MB |",
    f"| {subscriptions.BACKLOG_BYTES // MEGABYTE} MB, {subscriptions.BACKLOG:,} messages"
    f" | {subscriptions.WORKSPACE_BYTES // MEGABYTE} MB | {subscriptions.TOTAL_BYTES // MEGABYTE} MB |",
    f"| Events for the subscribers of an account | | {account_sockets.ACCOUNT_BYTES // MEGABYTE} MB an account"
    f" | {account_sockets.TOTAL_BYTES // MEGABYTE} MB |",
    f"every {account_sockets.POLL_SECONDS:.0f} seconds, at most {account_sockets._MOST:,} audit entries",
    f"read at most {reading.MOST_ROWS:,} rows, for at most a second, and span at most {LONGEST_PERIOD.days} days",
    f"at most {websocket_protocol.FIRST_MESSAGE_BYTES:,} bytes until the key is checked",
    f"of {authentication.MESSAGE_BYTES:,} bytes afterwards",
    f"waits {authentication.AUTH_SECONDS} seconds for the key",
    f"at most {websocket_protocol.PINGS_PER_SECOND} pings a second",
    f"at most {websocket_protocol.FRAGMENTS:,} fragments",
    f"reads nothing for {websocket_protocol.STALLED_SECONDS:.0f} seconds",
    f"at most {websocket_protocol.UNFINISHED_BYTES:,} bytes in a process",
    f"bodies of {heavy_requests.LARGE:,} bytes and more.",
    f"more than {busy_accounts.BUSY_FROM} seconds of processor time beyond a tenth of a processor",
    f"The first {processor_time.FREE * 1000:.0f} ms of processor time",
    f"at most {LENGTH} characters without `://`",
    f"A body must arrive within {asgi_bodies.SECONDS} seconds.",
    f"at most {asgi_bodies.ADDRESS_BYTES // MEGABYTE} MB for an address and"
    f" {asgi_bodies.TOTAL_BYTES // MEGABYTE} MB in all",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_number_is_that_of_the_code(sentence: str) -> None:
    assert sentence in " ".join(PAGE.split())


def test_every_rate_limit_is_there_with_its_default() -> None:
    for field in limits.RateLimits.model_fields.values():
        assert re.search(rf"`{field.validation_alias}` \| {field.default:,} ", PAGE), field.validation_alias


def test_every_limit_of_mail_is_there() -> None:
    names = set(re.findall(r"`BAILIWICK_MAIL_PER_(\w+)` \| [\d,]+ \|", PAGE))
    assert names == {name.upper() for name in settings.MAIL_LIMITS}


def test_tests_that_it_names_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)/?`", PAGE))
    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).exists()} == set()
