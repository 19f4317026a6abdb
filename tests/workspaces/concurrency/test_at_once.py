import pytest
from django.utils import timezone

from tests.at_once import at_once
from tests.cast import Person
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.concurrency.services.slots import acquire_slots, release_lease


@pytest.mark.django_db(transaction=True)
def test_no_limit_is_exceeded_and_no_slot_released_twice(owner: Person) -> None:
    now = timezone.now()
    for name, slots in (("a", 3), ("b", 5)):
        ConcurrencyLimit.objects.create(workspace=owner.workspace, name=name, limit=slots, created=now, updated=now)
    # In both orders, so that locks in the order of the names could wait for each other.
    works = [lambda names=names: acquire_slots(owner.workspace, names, 1) for names in (["a", "b"], ["b", "a"]) * 4]
    acquired = [one.lease_id for one in at_once(*works)]
    leases = [lease_id for lease_id in acquired if lease_id is not None]
    assert len(leases) == 3
    assert sorted(at_once(*[lambda: release_lease(owner.workspace, leases[0])] * 4)) == [False, False, False, True]
    assert acquire_slots(owner.workspace, ["a"], 1).lease_id is not None
    assert acquire_slots(owner.workspace, ["a"], 1).lease_id is None
