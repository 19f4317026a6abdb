"""Logs: what a listener is told is what a search would find, and a file of them is the same everywhere."""

import csv
import io
import uuid
from typing import Any

import pytest

from tests.cast import Person
from tests.visits import root, visitor
from tests.workspaces.runs.test_api import Client
from workspaces.events.messages import LogMessage
from workspaces.filters.logs import LogFilter
from workspaces.runs.log_matching import LogMatcher
from workspaces.runs.models import Log
from workspaces.runs.schemas import LogCreate
from workspaces.runs.services.logs import write_logs

pytestmark = pytest.mark.django_db

RUN, OTHER, TASK = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
TIME = "2026-01-01T00:00:00Z"
LINES: list[dict[str, Any]] = [
    {"message": "one", "level": 10, "flow_run_id": RUN, "task_run_id": None},
    {"message": "two", "level": 20, "flow_run_id": RUN, "task_run_id": TASK},
    {"message": "three", "level": 40, "flow_run_id": OTHER, "task_run_id": None},
    {"message": "four", "level": 50, "flow_run_id": None, "task_run_id": TASK},
]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["one", "two", "three", "four"]),
        ({"operator": "or_"}, ["one", "two", "three", "four"]),
        ({"operator": "or_", "level": {}, "flow_run_id": {"any_": [OTHER]}}, ["three"]),
        ({"operator": "or_", "level": {"ge_": 50}, "flow_run_id": {"any_": [OTHER]}}, ["three", "four"]),
        ({"level": {"ge_": 20, "le_": 40}}, ["two", "three"]),
        ({"flow_run_id": {"not_any_": [RUN]}}, ["three", "four"]),
        ({"flow_run_id": {"any_": [RUN], "not_any_": [RUN]}}, []),
        ({"flow_run_id": {"any_": []}}, []),
        ({"flow_run_id": {"not_any_": []}}, ["one", "two", "three", "four"]),
        ({"task_run_id": {"is_null_": True}}, ["one", "three"]),
        ({"task_run_id": {"is_null_": False}}, ["two", "four"]),
        ({"task_run_id": {"is_null_": True, "any_": [TASK]}}, []),
        ({"task_run_id": {"operator": "or_", "is_null_": True, "any_": [TASK]}}, ["one", "two", "three", "four"]),
        ({"timestamp": {"after_": TIME, "before_": TIME}}, ["one", "two", "three", "four"]),
        ({"timestamp": {"before_": "2025-01-01T00:00:00Z"}}, []),
        ({"text": {"query": "one t"}}, ["one", "two", "three"]),
        ({"operator": "or_", "text": {"query": ""}, "level": {"ge_": 50}}, ["four"]),
        ({"operator": "or_", "text": {"query": "ONE"}, "level": {"ge_": 50}}, ["one", "four"]),
    ],
)
def test_filter_says_the_same_of_stored_and_of_passing_lines(
    owner: Person, chosen: dict[str, Any], expected: list[str]
) -> None:
    lines = [{"name": "n", "timestamp": TIME, **line} for line in LINES]
    shapes = [LogCreate.model_validate(line) for line in lines]
    write_logs(owner.workspace, shapes, actor=owner.user.as_actor())
    found = LogFilter.model_validate(chosen)
    stored = set(owner.workspace.logs.filter(found.q(Log)).values_list("message", flat=True))
    assert stored == set(expected)
    matches = LogMatcher(found)
    passing = [{"id": str(uuid.uuid4()), **line} for line in lines]
    assert [line["message"] for line in passing if matches(LogMessage(line))] == expected


def test_program_and_page_give_the_same_file(owner: Person) -> None:
    ours = Client(owner)
    run = ours.run(name="jolly-fox")
    line = {"name": "n", "level": 20, "timestamp": TIME, "flow_run_id": run["id"]}
    lines = [{**line, "message": f'line "{number}",\nmore'} for number in range(1200)]
    ours("POST", "/logs/", lines, 201)
    answers = [
        owner.api.get(f"{owner.workspace_api}/flow_runs/{run['id']}/logs/download"),
        visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run['id']}/logs/download"),
    ]
    assert {answer["Content-Disposition"] for answer in answers} == {
        "attachment; filename=\"flow-run-logs.csv\"; filename*=UTF-8''jolly-fox-logs.csv"
    }
    one, other = (b"".join(answer).decode() for answer in answers)
    assert one == other
    assert [row[-1] for row in csv.reader(io.StringIO(one, newline=""))][1:] == [line["message"] for line in lines]


@pytest.mark.parametrize(
    "message", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("//x")']
)
def test_message_in_a_file_is_no_formula(owner: Person, message: str) -> None:
    ours = Client(owner)
    run = ours.run()
    line = {"name": "n", "level": 20, "timestamp": TIME, "flow_run_id": run["id"]}
    ours("POST", "/logs/", [{**line, "message": message}, {**line, "message": "a=1"}], 201)
    answers = [
        owner.api.get(f"{owner.workspace_api}/flow_runs/{run['id']}/logs/download"),
        visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run['id']}/logs/download"),
    ]
    for answer in answers:
        rows = list(csv.reader(io.StringIO(b"".join(answer).decode(), newline="")))
        assert {row[-1] for row in rows[1:]} == {f"'{message}", "a=1"}


def test_a_file_has_each_line_once_though_all_have_the_same_time(owner: Person) -> None:
    ours = Client(owner)
    run = ours.run()
    line = {"name": "n", "level": 20, "timestamp": "1970-01-01T00:00:00Z", "flow_run_id": run["id"]}
    ours("POST", "/logs/", [{**line, "message": f"<{number}>"} for number in range(130)], 201)
    text = ours("GET", f"/flow_runs/{run['id']}/logs/download").decode()
    assert [part.split(">")[0] for part in text.split("<")[1:]] == [str(number) for number in range(130)]
