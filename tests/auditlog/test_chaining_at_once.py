"""Two processes chain the entries of one account: one leaves them to the other, or waits."""

import threading

import pytest
from django.db import connection, transaction

from auditlog.actors import system
from auditlog.chains import chain_account
from auditlog.models import Chain
from auditlog.services import record
from tests.cast import Person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]


def test_export_waits_for_a_process_that_is_chaining(owner: Person) -> None:
    account_id = owner.account.id
    chain_account(account_id)
    record("team.created", actor=system("tests"), object_id="1", account_id=account_id)
    locked, may_end = threading.Event(), threading.Event()

    def chain_slowly() -> None:
        with transaction.atomic():
            Chain.objects.select_for_update().get(account_id=account_id)
            locked.set()
            may_end.wait(5)
        connection.close()

    thread = threading.Thread(target=chain_slowly)
    thread.start()
    assert locked.wait(5)
    assert chain_account(account_id) == 0
    threading.Timer(0.2, may_end.set).start()
    assert chain_account(account_id, wait=True) == 1
    assert may_end.is_set()
    thread.join()
