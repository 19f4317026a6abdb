"""docs/install.md states the defaults of the code."""

import re
from pathlib import Path
from typing import Any

import pytest

from config.env import BASE_DIR, Variables
from config.limits import Caps, MailLimits, RateLimits, SocketCaps

PAGE = (BASE_DIR / "docs/install.md").read_text()
ROWS = [
    (name, default.strip())
    for names, default in re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|([^|]*)\|", PAGE, re.MULTILINE)
    for name in re.findall(r"`(\w+)`", names)
]
# Their defaults are worked out, and the page says how.
WORKED_OUT = {"BAILIWICK_DATA_DIR", "BAILIWICK_STATIC_DIR", "BAILIWICK_ALLOWED_HOSTS", "BAILIWICK_EMAIL_VERIFICATION"}

pytestmark = pytest.mark.one_database(reason="about text, not about rows")


def _defaults() -> dict[str, Any]:
    groups = (Variables, RateLimits, Caps, SocketCaps, MailLimits)
    return {
        str(field.validation_alias or name): field.default
        for group in groups
        for name, field in group.model_fields.items()
    }


def test_each_variable_has_one_row() -> None:
    names = [name for name, _ in ROWS]
    assert sorted(names) == sorted({*_defaults(), "BAILIWICK_PASSWORD"})


def test_defaults_are_those_of_the_code() -> None:
    stated = {name: default for name, default in ROWS if name in _defaults().keys() - WORKED_OUT}
    expected = {name: _as_stated(value) for name, value in _defaults().items() if name not in WORKED_OUT}
    worked_out = {name for name, value in expected.items() if not value}
    assert {name: default for name, default in stated.items() if name not in worked_out} == {
        name: value for name, value in expected.items() if value
    }


def _as_stated(value: Any) -> str:
    if isinstance(value, Path) or value in ("", None, []):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
