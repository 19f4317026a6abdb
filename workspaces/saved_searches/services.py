"""Save, rename and delete saved searches. Each change writes an audit entry."""

from typing import Any
from uuid import UUID

from django.db import transaction

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import NotFound
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap, lock_workspace
from workspaces.models import Workspace
from workspaces.saved_searches.models import SavedSearch


def find_saved_search(workspace: Workspace, search_id: UUID) -> SavedSearch:
    """Return the workspace's saved search with this id. Raises `NotFound` if there is none."""
    search = workspace.saved_searches.filter(id=search_id).first()
    if search is None:
        raise NotFound("Saved search not found")
    return search


@transaction.atomic
def create_saved_search(workspace: Workspace, *, name: str, filters: Any, actor: Actor) -> SavedSearch:
    """Create a saved search.

    Raises `Taken` if the workspace has one with this name, and `Invalid` if it has as many as it may have.
    """
    check_workspace_cap(workspace, "saved_searches", workspace.saved_searches.all())
    with refuse_taken(_taken_message(name)):
        search = SavedSearch.objects.create(workspace=workspace, name=name, filters=filters)
    _record(search, "created", actor)
    return search


@transaction.atomic
def save_search(workspace: Workspace, *, name: str, filters: Any, actor: Actor) -> tuple[SavedSearch, bool]:
    """Create a saved search, or replace the filters of the one with this name. Returns it and whether it is new.

    Raises `Invalid` if the workspace has as many as it may have.
    """
    # Two requests with the same new name: the second one waits for the lock, and then finds the row of the first one.
    lock_workspace(workspace)
    search = workspace.saved_searches.select_for_update(no_key=True).filter(name=name).first()
    if search is None:
        return create_saved_search(workspace, name=name, filters=filters, actor=actor), True
    search.filters = filters
    search.save(update_fields=["filters", "updated"])
    _record(search, "updated", actor, fields=["filters"])
    return search, False


@transaction.atomic
def rename_saved_search(search: SavedSearch, *, name: str, actor: Actor) -> None:
    """Change the name. Raises `NotFound` if the search was deleted, and `Taken` if another one has the name."""
    before = _lock(search)
    if before.name == name:
        return
    search.name = name
    with refuse_taken(_taken_message(name)):
        search.save(update_fields=["name", "updated"])
    _record(search, "updated", actor, fields=["name"], name={"from": before.name, "to": name})


@transaction.atomic
def delete_saved_search(search: SavedSearch, *, actor: Actor) -> None:
    """Delete a saved search. Raises `NotFound` if it was already deleted."""
    _record(_lock(search), "deleted", actor)
    search.delete()


def _lock(search: SavedSearch) -> SavedSearch:
    """Lock a saved search until the transaction ends. Return its current row, or raise `NotFound` if it is gone."""
    row = search.workspace.saved_searches.select_for_update(no_key=True).filter(id=search.id).first()
    if row is None:
        raise NotFound("Saved search not found")
    return row


def _taken_message(name: str) -> str:
    return f"A view with the name {name!r} already exists."


def _record(search: SavedSearch, what: str, actor: Actor, **detail: Any) -> None:
    record_in(
        search.workspace,
        f"saved-search.{what}",
        actor=actor,
        object_id=search.id,
        object_name=search.name,
        **detail,
    )
