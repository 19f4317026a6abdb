"""The role editor offers permissions of everything that exists here, and of nothing else."""

import pytest

from rbac import scopes
from rbac.scope_nouns import NOUNS, SERVED, parts_of
from tests.rbac.surface import SOCKETS, WORKSPACE_API, WORKSPACE_PAGES

pytestmark = pytest.mark.one_database(reason="no SQL")


def test_nouns_of_the_role_editor_are_those_of_endpoints_and_pages() -> None:
    needed = {*WORKSPACE_API.values(), *WORKSPACE_PAGES.values(), *SOCKETS.values()} & scopes.ALL
    # Clients ask for the automations of a deployment before there are any.
    assert {parts_of(scope)[1].name for scope in needed} - {"automations"} == SERVED
    assert {noun.name for noun in NOUNS} > SERVED
