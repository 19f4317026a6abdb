"""Pages of the workspace API's lists: by limit and offset, and by number."""

import pytest
from django.db.models import QuerySet
from pydantic import ValidationError

from core.rest.errors import ApiError
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.filters.paging import MOST_ROWS, Numbered, Page, numbered_page, window
from workspaces.flows.models import Flow


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(), slice(0, MOST_ROWS)),
        (Page(limit=None, offset=None), slice(0, MOST_ROWS)),
        (Page(limit=0), slice(0, 0)),
        (Page(limit=2, offset=3), slice(3, 5)),
        (Page(limit=MOST_ROWS), slice(0, MOST_ROWS)),
    ],
)
def test_window(page: Page, expected: slice) -> None:
    assert window(page) == expected


@pytest.mark.parametrize(
    ("limit", "words"), [(MOST_ROWS + 1, "less than or equal"), (-1, "greater than or equal to 0")]
)
def test_limit_out_of_range_is_refused_in_the_words_of_the_prefect_server(limit: int, words: str) -> None:
    with pytest.raises(ApiError, match=words) as by_offset:
        window(Page(limit=limit))
    with pytest.raises(ApiError, match=words) as by_number:
        numbered_page(Flow.objects.all(), Numbered(limit=limit))
    assert by_offset.value.status == by_number.value.status == 422


def test_page_before_the_first_is_refused() -> None:
    with pytest.raises(ValidationError):
        Numbered(page=0)


@pytest.fixture
def flows(owner: Person) -> QuerySet[Flow]:
    for number in range(5):
        stage.flow(owner.workspace, f"f{number}")
    return Flow.objects.filter(workspace=owner.workspace).order_by("name")


@pytest.mark.parametrize(
    ("body", "names", "pages"),
    [
        (Numbered(), ["f0", "f1", "f2", "f3", "f4"], 1),
        (Numbered(limit=2), ["f0", "f1"], 3),
        (Numbered(limit=2, page=3), ["f4"], 3),
        (Numbered(limit=2, page=9), [], 3),
        (Numbered(limit=5), ["f0", "f1", "f2", "f3", "f4"], 1),
        (Numbered(limit=0), [], 0),
    ],
)
def test_numbered_page(body: Numbered, names: list[str], pages: int, flows: QuerySet[Flow]) -> None:
    rows, info = numbered_page(flows, body)
    assert [flow.name for flow in rows] == names
    limit = MOST_ROWS if body.limit is None else body.limit
    assert info == {"count": 5, "limit": limit, "pages": pages, "page": body.page}
