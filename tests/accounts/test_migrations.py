"""Data steps of migrations."""

from importlib import import_module

from allauth.account.models import EmailAddress
from django.apps import apps

from accounts.models import User
from accounts.services.addresses import is_confirmed
from tests.cast import Person


def test_people_without_a_row_for_their_address_were_made_by_an_operator_and_count_as_confirmed(
    owner: Person, stranger: Person, operator: User
) -> None:
    EmailAddress.objects.filter(user__in=[owner.user, operator]).delete()
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    step = import_module("accounts.migrations.0008_confirm_people_made_by_operators")
    for _ in range(2):
        step.vouch(apps, None)
    assert [is_confirmed(one) for one in (owner.user, operator, stranger.user)] == [True, True, False]
