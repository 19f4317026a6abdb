"""Keyset pagination: walking a list forwards and back shows each row once."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from core.pages.keyset import Page, Total, page, total
from core.pages.keyset import count as count_rows
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.flows.models import Flow


@pytest.fixture
def flows(owner: Person, stranger: Person) -> QuerySet[Flow]:
    stage.flow(stranger.workspace, "not ours")
    for number in range(5):
        stage.flow(owner.workspace, f"f{number}")
    return Flow.objects.filter(workspace=owner.workspace)


def shown(rows: QuerySet[Flow], query: str | None, *, descending: bool = False) -> tuple[list[str], Page[Flow]]:
    assert query is not None
    found = page(rows, QueryDict(query.removeprefix("?")), key="name", parse=str, descending=descending, size=2)
    return [flow.name for flow in found.rows], found


@pytest.mark.parametrize(
    ("descending", "names"),
    [(False, [["f0", "f1"], ["f2", "f3"], ["f4"]]), (True, [["f4", "f3"], ["f2", "f1"], ["f0"]])],
)
def test_pages_forwards_and_back(descending: bool, names: list[list[str]], flows: QuerySet[Flow]) -> None:
    first, here = shown(flows, "q=x", descending=descending)
    assert (first, here.previous, here.whole) == (names[0], None, False)
    second, here = shown(flows, here.next, descending=descending)
    assert second == names[1]
    third, here = shown(flows, here.next, descending=descending)
    assert (third, here.next) == (names[2], None)
    back, here = shown(flows, here.previous, descending=descending)
    assert back == names[1]
    back, here = shown(flows, here.previous, descending=descending)
    assert (back, here.previous) == (names[0], None)


def test_links_keep_the_rest_of_the_query_string(flows: QuerySet[Flow]) -> None:
    _, first = shown(flows, "q=x&tag=a&tag=b")
    assert first.next == "?q=x&tag=a&tag=b&after=f1"
    _, second = shown(flows, first.next)
    assert second.previous == "?q=x&tag=a&tag=b&before=f2"


def test_invalid_cursor_leads_to_the_first_page(flows: QuerySet[Flow]) -> None:
    found = page(flows, QueryDict("after=no-id"), size=2)
    assert (found.previous, len(found.rows)) == (None, 2)


def test_page_without_rows_has_no_neighbours(flows: QuerySet[Flow]) -> None:
    names, empty = shown(flows, "after=z")
    assert (names, empty.previous, empty.next, empty.whole) == ([], None, None, False)
    assert page(flows.none(), QueryDict("")).whole


def test_list_that_fits_a_page_is_counted_without_a_query(flows: QuerySet[Flow]) -> None:
    whole = page(flows, QueryDict(""), size=5)
    assert whole.whole
    with CaptureQueriesContext(connection) as captured:
        assert total(whole, flows) == Total(5, False)
    assert len(captured) == 0
    assert total(page(flows, QueryDict(""), size=4), flows) == Total(5, False)


def test_count_stops_at_a_cap(flows: QuerySet[Flow]) -> None:
    assert [str(count_rows(flows, cap)) for cap in (4, 5, 6)] == ["4+", "5", "5"]
    assert str(Total(10_000, True)) == "10,000+"


def test_rows_that_arrive_meanwhile_do_not_repeat_others(flows: QuerySet[Flow], owner: Person) -> None:
    names, first = shown(flows, "", descending=True)
    stage.flow(owner.workspace, "f9")
    later, _ = shown(flows, first.next, descending=True)
    assert set(names).isdisjoint(later)
