"""Variables in the Django admin: to read, and to delete as a member would."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from auditlog.models import Entry
from tests.cast import Person
from tests.workspaces.variables.test_services import make
from workspaces.events.models import Event
from workspaces.variables.models import Variable


def test_operator_reads_and_deletes_and_both_are_told(operator: User, owner: Person, stranger: Person) -> None:
    gone, kept = make(owner.workspace), make(stranger.workspace)
    desk = Client()
    desk.force_login(operator)
    page = desk.get(reverse("admin:variables_variable_change", args=[gone.id]))
    assert (page.status_code, b'name="value"' in page.content) == (200, False)
    assert desk.get(reverse("admin:variables_variable_add")).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(gone.id), "post": "yes"}
    assert desk.post(reverse("admin:variables_variable_changelist"), chosen).status_code == 302
    assert list(Variable.objects.all()) == [kept]
    entry = Entry.objects.get(action="variable.deleted")
    assert (entry.actor_id, entry.workspace_id, entry.account_id, entry.object_name) == (
        operator.id, owner.workspace.id, owner.account.id, "region",
    )  # fmt: skip
    assert Event.objects.filter(workspace=owner.workspace, event="prefect.variable.deleted").count() == 1
