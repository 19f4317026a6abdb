"""Filters of subscriptions: what they match, how large they may be, and that no pattern takes long."""

import time
import uuid
from fnmatch import fnmatchcase
from typing import Any

import pytest
from pydantic import ValidationError

from core.byte_budget import ByteBudget
from core.rest.shapes import MOST_VALUES
from tests.workspaces.events.frames import plain_event
from workspaces.events import bus
from workspaces.events.filter_limits import (
    LONGEST_SECONDS,
    PARTS,
    PATTERN_LENGTH,
    PATTERNS,
    VALUES,
    FilterTooLarge,
)
from workspaces.events.filters import EventFilter
from workspaces.events.globs import glob
from workspaces.events.matching import EventMatcher
from workspaces.events.messages import EventMessage
from workspaces.events.subscriptions import Subscription
from workspaces.filters.logs import LogFilter
from workspaces.runs.log_matching import LogMatcher

pytestmark = pytest.mark.one_database(reason="no SQL")

EVER = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
EVENT = plain_event(
    "shop.order.paid",
    resource={"prefect.resource.id": "shop.order.1", "color": "dark red", "path": "a/b/c"},
    related=[
        {"prefect.resource.id": "shop.customer.7", "prefect.resource.role": "customer", "city": "Berlin"},
        {"prefect.resource.id": "shop.item.8", "prefect.resource.role": "item"},
    ],
    payload={"note": "Keep it DRY"},
)


def matches(chosen: dict[str, Any], event: dict[str, Any] = EVENT) -> bool:
    return EventMatcher(EventFilter.model_validate({"occurred": EVER, **chosen}))(EventMessage(event))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, True),
        ({"event": {"prefix": ["other", "shop."]}}, True),
        ({"event": {"prefix": ["other"]}}, False),
        ({"event": {"exclude_prefix": ["shop"]}}, False),
        ({"event": {"name": ["shop.order.paid", "x"]}}, True),
        ({"event": {"name": ["shop.order"]}}, False),
        ({"event": {"exclude_name": ["shop.order.paid"]}}, False),
        ({"event": {"prefix": [], "name": [], "exclude_prefix": [], "exclude_name": []}}, True),
        ({"id": {"id": []}}, True),
        ({"id": {"id": [EVENT["id"]]}}, True),
        ({"id": {"id": [str(uuid.uuid4())]}}, False),
        ({"resource": {"id": ["shop.order.1"]}}, True),
        ({"resource": {"id": ["shop.customer.7"]}}, False),
        ({"resource": {"id_prefix": ["shop.order."]}}, True),
        ({"resource": {"labels": {}}}, True),
        ({"resource": {"labels": {"color": []}}}, False),
        ({"resource": {"labels": {"color": "dark red"}}}, True),
        ({"resource": {"labels": {"color": ["blue", "dark *"]}}}, True),
        ({"resource": {"labels": {"color": "!dark *"}}}, False),
        ({"resource": {"labels": {"color": ["!dark *", "!blue"]}}}, True),
        ({"resource": {"labels": {"missing": "!x"}}}, False),
        ({"resource": {"labels": {"color": "dark ???", "path": "a/[a-c]/*"}}}, True),
        ({"related": {"role": ["customer"], "labels": {"city": "B*n"}}}, True),
        ({"related": [{"role": ["customer"]}, {"role": ["item"]}]}, True),
        ({"related": [{"role": ["customer"]}, {"role": ["shipper"]}]}, False),
        ({"related": {"resources_in_roles": [["shop.item.8", "item"]]}}, True),
        ({"related": {"resources_in_roles": [["shop.item.8", "customer"]]}}, False),
        ({"any_resource": {"id": ["shop.item.8"]}}, True),
        ({"any_resource": [{"id": ["shop.order.1"]}, {"id_prefix": ["shop.c"]}]}, True),
        ({"any_resource": {"id": ["shop.order.2"]}}, False),
        ({"text": {"query": "dry"}}, True),
        ({"text": {"query": "+dry -paid"}}, False),
        ({"occurred": {"since": "2001-01-01T00:00:00Z", "until": "2002-01-01T00:00:00Z"}}, False),
    ],
)
def test_event_filter(chosen: dict[str, Any], expected: bool) -> None:
    assert matches(chosen) is expected


@pytest.mark.parametrize("text", ["", "a", "ab", "abc", "a.b", "xaxbx", "aaa", "[a]", "a\nb", "b*"])
@pytest.mark.parametrize(
    "pattern", ["", "*", "**", "a*", "*a", "a*a", "*a*b*", "a*b*c", "?", "a?*", "[ab]*", "[!a]*", "[a", "[*]", "b[*]"]
)
def test_glob_matches_as_a_shell_does(pattern: str, text: str) -> None:
    assert glob(pattern)(text) is fnmatchcase(text, pattern)


@pytest.mark.parametrize(
    "chosen",
    [
        {"event": {"prefix": ["a"] * 33_000}},
        {"event": {"name": ["a"] * (VALUES + 1)}},
        {"id": {"id": [str(uuid.UUID(int=7))] * 45_000}},
        {"resource": {"labels": {"color": ["*a*"] * 33_000}}},
        {"resource": {"labels": {str(number): "a*" for number in range(PATTERNS + 1)}}},
        {"resource": {"labels": {str(number): [] for number in range(VALUES + 1)}}},
        {"resource": {"id_prefix": ["a" * (PATTERN_LENGTH + 1)]}},
        {"related": [{"role": ["a"]}] * (PARTS + 1)},
        {"any_resource": {"id": ["a"] * (VALUES + 1)}},
    ],
    ids=lambda chosen: str(chosen)[:60],
)
def test_event_filter_over_a_limit_is_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(FilterTooLarge, match=r"at most \d+"):
        matches(chosen)


def test_log_filter_over_a_limit_is_refused() -> None:
    ids = {"any_": [str(uuid.uuid4())] * MOST_VALUES}
    chosen = {"flow_run_id": {**ids, "not_any_": ids["any_"]}, "task_run_id": ids}
    with pytest.raises(ValueError, match=r"at most \d+"):
        LogMatcher(LogFilter.model_validate(chosen))


@pytest.mark.parametrize(
    ("part", "name"), [("flow_run_id", "any_"), ("flow_run_id", "not_any_"), ("task_run_id", "any_")]
)
def test_list_of_a_log_filter_over_its_limit_is_refused(part: str, name: str) -> None:
    with pytest.raises(ValidationError, match=f"at most {MOST_VALUES} items"):
        LogFilter.model_validate({"flow_run_id": {name: [str(uuid.uuid4())] * 45_000}})


@pytest.mark.parametrize(
    "pattern", ["*a" * 200 + "*b", "?" * 400 + "*b", "*" * 400 + "b", "*[ab]" * 120 + "c", ("a" * 200 + "?") * 2 + "b"]
)
@pytest.mark.parametrize("length", [1_000, 1_400_000])
def test_no_pattern_takes_long(pattern: str, length: int) -> None:
    test, text, started = glob(pattern), "a" * length, time.thread_time()
    assert test(text) is False
    assert time.thread_time() - started < 0.1


# A hundred of the slowest patterns, one for each label.
SLOWEST = {str(number): "*" + "?" * 400 + "b" for number in range(PATTERNS)}
SLOWEST_LABELS = {str(number): "a" * 1_999 + "b" * (number < PATTERNS - 1) for number in range(PATTERNS)}


def busy_subscription(**chosen: Any) -> Subscription:
    matcher = EventMatcher(EventFilter.model_validate({"occurred": EVER, **chosen}))
    budget = ByteBudget(1_000_000)
    return Subscription(uuid.uuid4(), bus.EVENTS, matcher, budget, matcher.deadline)


def test_event_that_keeps_a_filter_busy_ends_it() -> None:
    """It has as many labels as there may be."""
    related = [{"prefect.resource.id": "x", "prefect.resource.role": "x", **SLOWEST_LABELS} for _ in range(100)]
    ours, started = busy_subscription(related={"labels": SLOWEST}), time.monotonic()
    assert ours.matching([EventMessage(plain_event(related=related))]) == []
    assert time.monotonic() - started < LONGEST_SECONDS + 0.5
    assert ours.overrun


def test_events_that_together_keep_a_filter_busy_end_it() -> None:
    """As many as are matched in one go; each takes a tenth of a second."""
    resource = {"prefect.resource.id": "x", "path": "a" * 2_000}
    events = [EventMessage(plain_event(resource=resource)) for _ in range(100)]
    patterns = [f"*{'?' * 400}b{number}" for number in range(PATTERNS)]
    ours, started = busy_subscription(resource={"labels": {"path": patterns}}), time.monotonic()
    assert ours.matching(events) == []
    assert time.monotonic() - started < LONGEST_SECONDS + 0.5
    assert ours.overrun


def test_typical_filter_costs_microseconds() -> None:
    chosen = {
        "event": {"prefix": ["prefect.flow-run."]},
        "resource": {"id": [f"prefect.flow-run.{uuid.uuid4()}" for _ in range(VALUES)]},
    }
    matcher = EventMatcher(EventFilter.model_validate({"occurred": EVER, **chosen}))
    event = EventMessage(plain_event("prefect.flow-run.Running"))
    started = time.thread_time()
    for _ in range(1_000):
        matcher(event)
    assert time.thread_time() - started < 0.1
