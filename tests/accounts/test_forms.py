"""Fields of forms that several pages share."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.forms import HandleField

pytestmark = pytest.mark.one_database(reason="no SQL")


@pytest.mark.parametrize(("typed", "handle"), [("ada", "ada"), ("  Ada-7 ", "ada-7"), ("a" * 63, "a" * 63)])
def test_handle_is_taken_in_lower_case_without_spaces_around_it(typed: str, handle: str) -> None:
    assert HandleField().clean(typed) == handle


@pytest.mark.parametrize("typed", ["", "  ", "a" * 64])
def test_handle_is_neither_empty_nor_too_long(typed: str) -> None:
    with pytest.raises(ValidationError):
        HandleField().clean(typed)


def test_keyboards_do_not_change_a_handle_and_a_page_checks_it_if_named() -> None:
    plain, live = HandleField().widget.attrs, HandleField(check="handle-check").widget.attrs
    assert plain["autocapitalize"] == live["autocapitalize"] == "off"
    assert "hx-get" not in plain
    assert live["hx-get"] == reverse("handle-check")
