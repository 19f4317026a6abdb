"""The navigation shows what the reader may open, and marks the section of the page."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from core.pages.navigation import Section, current_section, open_sections

SECTIONS = (
    Section("flows", "Flows", "workflow", "see_flows", ("flows", "flow")),
    Section("runs", "Runs", "play", "see_flows", ("runs", "flow-run")),
    Section("teams", "Teams", "users", "read:team", ("team",), kind="ORGANIZATION"),
)


def _request(name: str) -> Any:
    request: Any = RequestFactory().get("/")
    request.resolver_match = SimpleNamespace(url_name=name)
    return request


@pytest.mark.parametrize(
    ("page", "section"),
    [("flow", "flows"), ("flow-run", "runs"), ("flow-run-logs", "runs"), ("team-edit", "teams"), ("home", None)],
)
def test_longest_name_that_fits_decides_the_section(page: str, section: str | None) -> None:
    found = current_section(SECTIONS, _request(page))
    assert (found.name if found else None) == section


def test_sections_need_a_right_and_a_kind_of_account() -> None:
    rights = frozenset({"see_flows", "read:team"})
    assert [one.name for one in open_sections(SECTIONS, rights, "ORGANIZATION")] == ["flows", "runs", "teams"]
    assert [one.name for one in open_sections(SECTIONS, rights, "PERSONAL")] == ["flows", "runs"]
    assert open_sections(SECTIONS, frozenset(), "ORGANIZATION") == []
