"""The part of work pools in a transfer: their access lists, and the workers that poll them."""

from workspaces.transfer_parts.lists import access_list_part
from workspaces.transfer_parts.registry import Figure, Move, Part
from workspaces.work_pools.models import ONLINE, Worker, WorkPool


def _figures(move: Move) -> list[Figure]:
    workers = Worker.objects.filter(workspace=move.workspace.id, status=ONLINE)
    return [Figure("workers", "Online workers, which need the new API URL", workers.count())]


ACCESS_LISTS = access_list_part(WorkPool, name="work_pool_access_lists", noun="work pool")
WORKERS = Part("workers", "Workers", figures=_figures)
