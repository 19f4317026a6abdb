"""Work pools in the Django admin: to read, and to delete as a member would."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from auditlog.actors import system
from auditlog.models import Entry
from tests.cast import Person
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import create_pool


def test_operator_reads_and_deletes(operator: User, owner: Person, stranger: Person) -> None:
    gone, kept = (
        create_pool(person.workspace, {"name": "pool"}, actor=system("tests")) for person in (owner, stranger)
    )
    desk = Client()
    desk.force_login(operator)
    assert desk.get(reverse("admin:work_pools_workpool_change", args=[gone.id])).status_code == 200
    chosen = {"action": "delete_selected", "_selected_action": str(gone.id), "post": "yes"}
    assert desk.post(reverse("admin:work_pools_workpool_changelist"), chosen).status_code == 302
    assert list(WorkPool.objects.all()) == [kept]
    entry = Entry.objects.get(action="work-pool.deleted")
    assert (entry.actor_id, entry.workspace_id, entry.object_name) == (operator.id, owner.workspace.id, "pool")
