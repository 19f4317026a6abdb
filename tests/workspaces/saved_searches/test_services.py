"""What can happen to a saved search: the row and its audit entry, in one workspace and not in the other."""

from typing import Any

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from config.limits import CAPS
from core.errors import Invalid, NotFound, Taken
from tests.at_once import at_once
from tests.cast import Person
from workspaces.models import Workspace
from workspaces.saved_searches.models import SavedSearch
from workspaces.saved_searches.services import (
    create_saved_search,
    delete_saved_search,
    find_saved_search,
    rename_saved_search,
    save_search,
)

US = system("tests")
FILTER = {"object": "flow_run", "property": "state", "type": "string", "operation": "any", "value": ["failed"]}


def make(workspace: Workspace, name: str = "failed", filters: Any = (FILTER,)) -> SavedSearch:
    return create_saved_search(workspace, name=name, filters=list(filters), actor=US)


def test_each_change_leaves_an_entry(owner: Person) -> None:
    search = make(owner.workspace)
    rename_saved_search(search, name="bad", actor=US)
    rename_saved_search(search, name="bad", actor=US)
    assert save_search(owner.workspace, name="bad", filters=[], actor=US) == (search, False)
    delete_saved_search(SavedSearch.objects.get(filters=[]), actor=US)
    entries = Entry.objects.filter(action__startswith="saved-search").order_by("id")
    assert [(entry.action, entry.object_name) for entry in entries] == [
        ("saved-search.created", "failed"),
        ("saved-search.updated", "bad"),
        ("saved-search.updated", "bad"),
        ("saved-search.deleted", "bad"),
    ]


def test_names_are_unique_in_a_workspace(owner: Person, stranger: Person) -> None:
    make(owner.workspace)
    make(stranger.workspace)
    other = make(owner.workspace, "other")
    with pytest.raises(Taken, match="A view with the name 'failed' already exists"):
        make(owner.workspace)
    with pytest.raises(Taken):
        rename_saved_search(other, name="failed", actor=US)
    assert sorted(owner.workspace.saved_searches.values_list("name", flat=True)) == ["failed", "other"]


def test_search_of_a_stranger_and_a_deleted_one_are_missing(owner: Person, stranger: Person) -> None:
    theirs, gone = make(stranger.workspace), make(owner.workspace)
    delete_saved_search(SavedSearch.objects.get(id=gone.id), actor=US)
    for id in (theirs.id, gone.id):
        with pytest.raises(NotFound):
            find_saved_search(owner.workspace, id)
    with pytest.raises(NotFound):
        rename_saved_search(gone, name="new", actor=US)
    with pytest.raises(NotFound):
        delete_saved_search(gone, actor=US)


def test_workspace_has_a_most(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CAPS, "saved_searches", 1)
    make(owner.workspace)
    with pytest.raises(Invalid, match="A workspace can have at most 1 saved searches"):
        save_search(owner.workspace, name="second", filters=[], actor=US)
    assert save_search(owner.workspace, name="failed", filters=[], actor=US)[1] is False


@pytest.mark.django_db(transaction=True)
def test_same_new_name_at_once_is_created_once(owner: Person) -> None:
    results = at_once(*[lambda: save_search(owner.workspace, name="both", filters=[], actor=US)[1]] * 2)
    assert sorted(results) == [False, True]
    assert owner.workspace.saved_searches.count() == 1
