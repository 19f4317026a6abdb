"""How many rows of a noun a workspace can have."""

from typing import Any

from django.db.models import QuerySet

from core.errors import NotFound
from orgs.plans import check_cap
from workspaces.models import Workspace


def check_workspace_cap(workspace: Workspace, name: str, rows: QuerySet[Any]) -> None:
    """Raise `Invalid` if one more row would exceed the cap of this name in `config.limits`.

    Locks the workspace until the transaction ends, so that two at once cannot both be the last one. Raises `NotFound`
    if it is gone.
    """
    lock_workspace(workspace)
    check_cap(workspace.account, name, rows.count())


def lock_workspace(workspace: Workspace) -> None:
    """Lock the workspace until the transaction ends. Raises `NotFound` if it is gone."""
    if not Workspace.objects.select_for_update(no_key=True).filter(id=workspace.id).values_list("id"):
        raise NotFound
