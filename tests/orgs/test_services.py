"""Organizations keep an owner, also when two leave at once."""

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import Account
from orgs.models import Membership
from orgs.services.members import add_member, leave_account
from orgs.services.organizations import create_organization
from rbac import permissions
from tests.cast import Person, make_person
from workspaces.directory.deletion import delete_person

Leave = Callable[[Account, Person], None]


def _leave(account: Account, person: Person) -> None:
    leave_account(account, user=person.user, actor=person.user.as_actor())


def _delete(account: Account, person: Person) -> None:
    delete_person(person.user, actor=person.user.as_actor())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first", "second"), [(_delete, _delete), (_delete, _leave), (_leave, _delete)])
def test_two_owners_who_leave_at_once_leave_one_behind(first: Leave, second: Leave) -> None:
    frida, gus = make_person("frida"), make_person("gus")
    account = create_organization(name="Initech", handle="initech", founder=frida.user, actor=frida.user.as_actor())
    add_member(account, user=gus.user, role=permissions.OWNER, actor=frida.user.as_actor())
    refused: list[str] = []

    def work() -> None:
        try:
            second(account, gus)
        except ValidationError as error:
            refused.extend(error.messages)
        finally:
            connection.close()

    other = threading.Thread(target=work)
    with transaction.atomic():
        first(account, frida)
        other.start()
        other.join(1)
    other.join(30)
    assert refused == ["The organization initech would have no owner."]
    assert list(Membership.objects.filter(account=account).values_list("user", flat=True)) == [gus.user.id]
