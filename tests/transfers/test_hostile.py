"""What a hostile account may try: write to others, flood them, learn about them, and hold up their transfers."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import OutgoingMail
from tests.cast import Organization, Person
from tests.transfers.test_services import ask
from transfers.models import Transfer


@pytest.mark.parametrize("handle", ["go to evil.example", "UPPER", "x" * 64, "two\nlines"])
def test_outsiders_send_no_text_in_place_of_a_handle(organization: Organization, stranger: Person, handle: Any) -> None:
    with pytest.raises(ValidationError):
        ask(organization, stranger, new_handle=handle)
    assert not Transfer.objects.exists()
    assert not OutgoingMail.objects.exists()
