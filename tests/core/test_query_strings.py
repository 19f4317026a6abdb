import pytest
from django.http import QueryDict

from core.pages.query_strings import query_string


@pytest.mark.parametrize(
    ("params", "changes", "expected"),
    [
        ("a=1", {}, "?a=1"),
        ("", {"a": "1"}, "?a=1"),
        ("a=1&b=2", {"a": "3"}, "?a=3&b=2"),
        ("a=1&a=2", {"a": "3"}, "?a=3"),
        ("a=1&b=2", {"a": None, "c": None}, "?b=2"),
        ("a=1", {"a": ["2", "3"]}, "?a=2&a=3"),
        ("a=1&b=2", {"a": []}, "?b=2"),
        ("a=1", {"b": "x y&z"}, "?a=1&b=x+y%26z"),
        ("a=1", {"a": None}, "?"),
    ],
)
def test_parameters_are_changed_and_taken_away(params: str, changes: dict[str, str | None], expected: str) -> None:
    given = QueryDict(params)
    assert query_string(given, changes) == expected  # type: ignore[arg-type]  # of several types in the table
    assert given.urlencode() == params
