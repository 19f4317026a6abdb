"""The part of work pools in a transfer: their access lists, and the workers that poll them."""

from core.db import tenants
from workspaces.transfer_parts.lists import access_list_part
from workspaces.transfer_parts.registry import Figure, Move, Part, Usage, count_some
from workspaces.work_pools.models import ONLINE, Worker, WorkPool
from workspaces.work_pools.services.pools import pools_of_account


def _figures(move: Move) -> list[Figure]:
    workers = Worker.objects.filter(workspace=move.workspace.id, status=ONLINE)
    return [Figure("workers", "Online workers, which need the new API URL", count_some(workers))]


def _usage(move: Move) -> list[Usage]:
    # Pools of all workspaces of both accounts count, whichever of them the request has entered.
    with tenants.reaching_all():
        pools = {account.id: pools_of_account(account.id).count() for account in (move.source, move.target)}
    moving = WorkPool.objects.filter(workspace=move.workspace.id).count()
    return [Usage("work_pools", pools[move.source.id], pools[move.target.id], moving)]


ACCESS_LISTS = access_list_part(WorkPool, name="work_pool_access_lists", noun="work pool")
WORKERS = Part("workers", "Workers", figures=_figures, usage=_usage)
