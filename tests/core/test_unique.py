"""A name in use is refused as such, and the transaction around it goes on."""

import pytest

from accounts.models import Account
from core.db.unique import refuse_taken
from core.errors import Taken


@pytest.mark.django_db
def test_second_write_of_a_name_is_refused_and_the_first_one_stays() -> None:
    with refuse_taken("This handle is taken."):
        Account.objects.create(kind=Account.ORGANIZATION, name="One", handle="same")
    with pytest.raises(Taken, match="This handle is taken"), refuse_taken("This handle is taken."):
        Account.objects.create(kind=Account.ORGANIZATION, name="Two", handle="same")
    assert Account.objects.get(handle="same").name == "One"
