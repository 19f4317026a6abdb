"""How many rows of a noun a workspace, or all workspaces of an account, can have."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from core import caps
from core.db import tenants
from core.errors import NotFound
from orgs.plans import check_plan, limit_of
from orgs.services.locks import lock_account
from workspaces.models import Workspace


def check_workspace_cap(workspace: Workspace, name: str, rows: QuerySet[Any]) -> None:
    """Raise `Invalid` if one more row would exceed the cap of this name in `config.limits`.

    Locks the workspace until the transaction ends, so that two at once cannot both be the last one. Raises `NotFound`
    if it is gone.
    """
    lock_workspace(workspace)
    caps.check_cap(name, settings.CAPS[name], rows.count())


def check_account_limit(workspace: Workspace, name: str, rows: QuerySet[Any]) -> None:
    """Raise `LimitReached` if one more row would exceed what the account's plan allows in all of its workspaces.

    `rows` are those of all workspaces of the account. If the plan has a limit, this locks the account, so call it
    before the workspace is locked.
    """
    if limit_of(workspace.account, name) is None:
        return
    lock_account(workspace.account_id)
    with tenants.reaching_all():  # to count the rows of one account, also in workspaces that the caller may not enter
        present = rows.count()
    check_plan(workspace.account, name, present)


def lock_workspace(workspace: Workspace) -> None:
    """Lock the workspace until the transaction ends. Raises `NotFound` if it is gone."""
    if not Workspace.objects.select_for_update(no_key=True).filter(id=workspace.id).values_list("id"):
        raise NotFound
