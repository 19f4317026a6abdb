"""Dates of schedules, compared with what the Prefect server computes for the same schedules."""

import json
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from tests.workspaces.deployments.schedule_dates.generated import request
from workspaces.deployments.schedule_dates import RRuleSchedule, dates, parse_schedule

CLIENT = Path(".venv-client/bin/python")
REFERENCE = Path(__file__).with_name("reference_dates.py")
# More: SCHEDULES=2000 SCHEDULE_SEED=7 pytest tests/workspaces/deployments/schedule_dates
SCHEDULES, SEED = int(os.environ.get("SCHEDULES", "80")), int(os.environ.get("SCHEDULE_SEED", "1"))
LAST_YEAR_OF_REFERENCE = "2038"  # its recurrence rules know no summer time from then on


def ours(asked: dict[str, Any]) -> list[str]:
    schedule = parse_schedule(asked["schedule"])
    if isinstance(schedule, RRuleSchedule):
        schedule = schedule.anchored(datetime.now(UTC))
    end = datetime.fromisoformat(asked["end"]) if asked["end"] else None
    found = dates(schedule, asked["n"], datetime.fromisoformat(asked["start"]), end)
    return [date.isoformat() for date in found if date.isoformat() < LAST_YEAR_OF_REFERENCE]


@pytest.mark.client
@pytest.mark.one_database(reason="it computes, and reads no database")
def test_dates_are_those_of_the_prefect_server() -> None:
    random = Random(SEED)
    asked = [request(random) for _ in range(SCHEDULES)]
    lines = "\n".join(json.dumps(one) for one in asked)
    run = subprocess.run([CLIENT, REFERENCE], input=lines, capture_output=True, text=True, check=True, timeout=240)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(asked)
    for one, answer in zip(asked, answers, strict=True):
        if answer.get("error") == "ValidationError":
            with pytest.raises(ValidationError):
                ours(one)
            continue
        if answer.get("error"):  # a cron line that never matches; here it has no dates
            assert answer["error"] == "CroniterBadDateError", one
        expected = [date for date in answer.get("dates", []) if date < LAST_YEAR_OF_REFERENCE]
        assert ours(one) == expected, one


@pytest.mark.one_database(reason="it computes, and reads no database")
@pytest.mark.parametrize(
    "schedule",
    [
        {"cron": "0 0 30 2 *"},
        {"cron": "* * * * * * 1999"},
        {"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"},
        {"rrule": "FREQ=SECONDLY;BYHOUR=3;BYMONTH=2;BYMONTHDAY=30"},
        {"rrule": "DTSTART:19700101T000000\nRRULE:FREQ=SECONDLY;COUNT=2000000000"},
        {"rrule": "RRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY"},
        {"rrule": "FREQ=SECONDLY;BYSETPOS=2;BYHOUR=3"},
        {"rrule": "FREQ=YEARLY;BYSETPOS=-366;BYMONTH=2;BYMONTHDAY=29;BYEASTER=1"},
        {"rrule": "FREQ=DAILY;COUNT=1;INTERVAL=" + "9" * 400},
        {"interval": 1e-6, "anchor_date": "0001-01-01T00:00:00Z", "timezone": "America/New_York"},
    ],
)
def test_a_schedule_that_never_runs_or_costs_too_much_takes_at_most_a_second(schedule: dict[str, Any]) -> None:
    began = time.monotonic()
    dates(parse_schedule(schedule), 100, datetime.now(UTC), datetime.now(UTC) + timedelta(days=100))
    assert time.monotonic() - began < 1.5


@pytest.mark.one_database(reason="it computes, and reads no database")
def test_a_rule_with_too_many_times_a_day_is_refused_before_they_are_listed() -> None:
    hours, minutes, seconds = (",".join(map(str, range(count))) for count in (24, 60, 60))
    each_minute = f"FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes};BYSECOND=0"
    assert parse_schedule({"rrule": each_minute})
    began = time.monotonic()
    for rule in (f"freq=DAILY;byhour={hours};byminute={minutes};bysecond={seconds}", f"{each_minute} {each_minute}"):
        with pytest.raises(ValidationError, match="times a day"):
            parse_schedule({"rrule": rule})
    assert time.monotonic() - began < 0.1


@pytest.mark.one_database(reason="it computes, and reads no database")
def test_a_rule_from_long_ago_is_as_quick_as_a_recent_one() -> None:
    rule = parse_schedule({"rrule": "DTSTART:19700101T000000\nRRULE:FREQ=SECONDLY;INTERVAL=7"})
    began = time.monotonic()
    found = dates(rule, 3, datetime(2026, 1, 1, tzinfo=UTC))
    assert [(date - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() % 7 for date in found] == [0, 0, 0]
    assert time.monotonic() - began < 0.3
