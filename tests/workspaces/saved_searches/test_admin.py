"""Saved searches in the Django admin: to read, and to delete as a member would."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from auditlog.models import Entry
from tests.cast import Person
from tests.workspaces.saved_searches.test_services import make
from workspaces.saved_searches.models import SavedSearch


def test_operator_reads_and_deletes(operator: User, owner: Person, stranger: Person) -> None:
    gone, kept = make(owner.workspace), make(stranger.workspace)
    desk = Client()
    desk.force_login(operator)
    page = desk.get(reverse("admin:saved_searches_savedsearch_change", args=[gone.id]))
    assert (page.status_code, b'name="filters"' in page.content) == (200, False)
    chosen = {"action": "delete_selected", "_selected_action": str(gone.id), "post": "yes"}
    assert desk.post(reverse("admin:saved_searches_savedsearch_changelist"), chosen).status_code == 302
    assert list(SavedSearch.objects.all()) == [kept]
    entry = Entry.objects.get(action="saved-search.deleted")
    assert (entry.actor_id, entry.workspace_id, entry.object_name) == (operator.id, owner.workspace.id, "failed")
