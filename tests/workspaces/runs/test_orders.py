"""Lists are read in the order of an index, or sorted by their keys alone: whole rows can have megabytes."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Person
from tests.workspaces.runs.test_api import Client
from workspaces.runs.models import Log
from workspaces.runs.orders import FLOW_RUN_ORDER, LOG_ORDER, TASK_RUN_ORDER

pytestmark = pytest.mark.django_db
LINE = {"name": "n", "level": 20, "message": "m", "timestamp": "1970-01-01T00:00:00Z"}
WIDE = ('"message"', '"parameters"', '"task_inputs"')
SORTS = [
    *(("/logs/filter", sort) for sort in LOG_ORDER),
    *(("/flow_runs/filter", sort) for sort in FLOW_RUN_ORDER),
    *(("/flow_runs/paginate", sort) for sort in FLOW_RUN_ORDER),
    *(("/task_runs/filter", sort) for sort in TASK_RUN_ORDER),
]


def sorts(sql: str) -> bool:
    """Whether the database sorts rows for this query. PostgreSQL, whose tables are empty, is told to avoid it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return any("TEMP B-TREE" in str(row) for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_incremental_sort = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        return 'Sort"' in json.dumps(cursor.fetchall())


@pytest.mark.parametrize("sort", LOG_ORDER)
def test_the_index_serves_the_order_of_logs(owner: Person, sort: str) -> None:
    logs = Log.objects.filter(workspace=owner.workspace, timestamp__lte="1970-01-02T00:00:00Z")
    with CaptureQueriesContext(connection) as captured:
        list(logs.order_by(*LOG_ORDER[sort])[:6])
    assert not sorts(captured[0]["sql"])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps what is large out of the rows it sorts.")
@pytest.mark.parametrize(("path", "sort"), SORTS)
def test_sqlite_sorts_no_whole_rows(owner: Person, path: str, sort: str) -> None:
    ours = Client(owner)
    ours("POST", "/task_runs/", {"flow_run_id": ours.run()["id"], "task_key": "t", "dynamic_key": "0"}, 201)
    ours("POST", "/logs/", [LINE], 201)
    with CaptureQueriesContext(connection) as captured:
        assert ours("POST", path, {"sort": sort, "limit": 6})
    wide = [query["sql"] for query in captured if any(column in query["sql"] for column in WIDE)]
    assert wide
    assert not [sql for sql in wide if sorts(sql)]


@pytest.mark.parametrize("limit", [1, 20, 21, 50])
def test_rows_come_in_the_order_that_was_asked_for(owner: Person, limit: int) -> None:
    ours = Client(owner)
    flow = ours.flow()
    names = [f"run {number:02}" for number in (5, 3, 9, *range(20, 50))]
    for name in names:
        ours.run(flow, name=name)
    ours("POST", "/logs/", [{**LINE, "message": str(number)} for number in range(30)], 201)

    def read(path: str, **asked: Any) -> list[Any]:
        found: list[Any] = ours("POST", path, {"limit": limit, **asked})
        return found

    assert [run["name"] for run in read("/flow_runs/filter", sort="NAME_ASC")] == sorted(names)[:limit]
    later = read("/flow_runs/filter", sort="NAME_DESC", offset=2)
    assert [run["name"] for run in later] == sorted(names, reverse=True)[2 : 2 + limit]
    lines = read("/logs/filter", sort="TIMESTAMP_DESC")
    assert [line["id"] for line in lines] == sorted((line["id"] for line in lines), reverse=True)
    assert len(lines) == min(limit, 30)
