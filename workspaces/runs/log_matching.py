"""Log filters of subscriptions, compiled once for all lines."""

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from core.rest.filters import IdsOrNot, OrNull, Times
from workspaces.events.filter_limits import FilterSize
from workspaces.events.matching import TextSearch
from workspaces.events.messages import LogMessage
from workspaces.filters.logs import Levels, LogFilter

LogTest = Callable[[LogMessage], bool]


class LogMatcher:
    """A function that returns whether a log line matches a filter, as `LogFilter.q` does in SQL.

    Raises `FilterTooLarge` if the filter has too many values.
    """

    def __init__(self, log_filter: LogFilter) -> None:
        _check_size(log_filter)
        tests: list[LogTest] = []
        if log_filter.level:
            tests += _level_tests(log_filter.level)
        if log_filter.timestamp:
            tests += _time_tests(log_filter.timestamp)
        if log_filter.flow_run_id:
            tests += _flow_run_tests(log_filter.flow_run_id)
        if log_filter.task_run_id:
            tests += _task_run_tests(log_filter.task_run_id)
        if log_filter.text and not (search := TextSearch(log_filter.text.query)).is_empty:
            tests.append(lambda line: search(line.text))
        self._test = _combine(log_filter.operator, tests)

    def __call__(self, line: LogMessage) -> bool:
        return self._test(line)


def _check_size(log_filter: LogFilter) -> None:
    size = FilterSize()
    if log_filter.flow_run_id:
        size.add_values(log_filter.flow_run_id.any_)
        size.add_values(log_filter.flow_run_id.not_any_)
    if log_filter.task_run_id:
        size.add_values(log_filter.task_run_id.any_)


def _combine(operator: Literal["and_", "or_"], tests: Sequence[LogTest]) -> LogTest:
    """Return one test that combines many. Without tests, every line matches."""
    if len(tests) == 1:
        return tests[0]
    if operator == "or_" and tests:
        return lambda line: any(test(line) for test in tests)
    return lambda line: all(test(line) for test in tests)


def _all_of(tests: list[LogTest]) -> list[LogTest]:
    """Combine the tests of one condition, which must all pass whatever the filter's operator is."""
    return [_combine("and_", tests)] if tests else []


def _level_tests(levels: Levels) -> list[LogTest]:
    least, most = levels.ge_, levels.le_
    tests: list[LogTest] = []
    if least is not None:
        tests.append(lambda line: bool(line.data["level"] >= least))
    if most is not None:
        tests.append(lambda line: bool(line.data["level"] <= most))
    return _all_of(tests)


def _time_tests(times: Times) -> list[LogTest]:
    before, after = times.before_, times.after_
    tests: list[LogTest] = []
    if before is not None:
        tests.append(lambda line: line.timestamp <= before)
    if after is not None:
        tests.append(lambda line: line.timestamp >= after)
    return _all_of(tests)


def _flow_run_tests(ids: IdsOrNot) -> list[LogTest]:
    tests: list[LogTest] = []
    if ids.any_ is not None:
        wanted = frozenset(ids.any_)
        tests.append(lambda line: line.flow_run_id in wanted)
    if ids.not_any_:
        unwanted = frozenset(ids.not_any_)
        tests.append(lambda line: line.flow_run_id not in unwanted)
    return _all_of(tests)


def _task_run_tests(ids: OrNull[UUID]) -> list[LogTest]:
    tests: list[LogTest] = []
    if ids.any_ is not None:
        wanted = frozenset(ids.any_)
        tests.append(lambda line: line.task_run_id in wanted)
    if ids.is_null_ is not None:
        null = ids.is_null_
        tests.append(lambda line: (line.task_run_id is None) == null)
    return [_combine(ids.operator, tests)] if tests else []
