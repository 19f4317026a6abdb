"""docs/permissions.md says what the code does."""

from io import StringIO

import pytest
from django.core.management import call_command

from config.management.commands.permissions_table import PLACE
from config.permissions_table import page
from rbac import permissions, scopes

pytestmark = pytest.mark.one_database(reason="about settings and files, not about rows")


def test_page_is_up_to_date() -> None:
    """Otherwise: manage.py permissions_table --write"""
    assert PLACE.read_text(encoding="utf-8") == page()


def test_page_has_every_scope_and_permission_once_with_its_roles() -> None:
    lines = page().splitlines()
    for name in scopes.ALL | permissions.ALL:
        assert len([line for line in lines if line.startswith(f"| `{name}` |") and "| yes |" in line]) == 1, name
    assert "| `manage_acls` | edit who may reach single objects | yes | | | | |" in lines
    assert "| `bypass:sso` | yes | | | |" in lines
    assert "| `see_secret_blocks` | `see_blocks` |" in lines


def test_command_prints_it() -> None:
    printed = StringIO()
    call_command("permissions_table", stdout=printed)
    assert printed.getvalue() == page()
