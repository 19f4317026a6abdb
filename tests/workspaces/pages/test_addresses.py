"""The URLs of a workspace's pages, which are filled in instead of reversed one by one."""

from uuid import UUID

from django.urls import reverse

from core.db.ids import new_id
from workspaces.models import Workspace
from workspaces.pages import address


def test_ids_stand_where_reversing_puts_them() -> None:
    workspace = Workspace(id=new_id(), account_id=new_id())
    for name, ids in (("runs", ()), ("flow-run", (new_id(),)), ("flow-run", (new_id(),)), ("flow", (new_id(),))):
        assert address(workspace, name, *ids) == reverse(
            f"workspace:{name}", args=[workspace.account_id, workspace.id, *ids]
        )


def test_places_of_ids_are_not_mistaken_for_each_other() -> None:
    places = [UUID(int=number) for number in (1, 0, 2)]
    workspace = Workspace(id=places[1], account_id=places[0])
    expected = f"/account/{places[0]}/workspace/{places[1]}/flows/flow/{places[2]}"
    assert address(workspace, "flow", places[2]) == expected
