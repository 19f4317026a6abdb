"""The work pools of runs, for people who may see them."""

from uuid import UUID

from rbac import scopes
from workspaces.pages import WorkspaceRequest
from workspaces.work_pools.access import visible_pools

MOST_OFFERED = 200


def pool_name(request: WorkspaceRequest, pool_id: UUID) -> str:
    """Return the name of a work pool, or an empty text if the caller may not see it."""
    if not request.access.allows(scopes.SEE_WORK_POOLS):
        return ""
    names = visible_pools(request.access, request.user).filter(id=pool_id).values_list("name", flat=True)
    return names.first() or ""


def pool_choices(request: WorkspaceRequest) -> list[tuple[UUID, str]]:
    """Return the id and the name of the first work pools by name that the caller may see."""
    if not request.access.allows(scopes.SEE_WORK_POOLS):
        return []
    return list(visible_pools(request.access, request.user).order_by("name").values_list("id", "name")[:MOST_OFFERED])
