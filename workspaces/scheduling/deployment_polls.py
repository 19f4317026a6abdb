"""Polls of `serve` for the scheduled runs of its deployments (docs/contract/work-pools.md, "Polling")."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from core.db.statements import Prepared
from rbac.access_lists import RUN
from workspaces.access_lists import bypasses_lists
from workspaces.deployments.access import visible_deployments
from workspaces.deployments.models import Deployment
from workspaces.runs.models import FlowRun
from workspaces.runs.serialization import serialize_flow_runs
from workspaces.scheduling.due_runs import due_runs_of_deployments
from workspaces.scheduling.polled import is_stale, note_polled_deployments
from workspaces.scheduling.polling import Window
from workspaces.scoping import Access

_AT_ONCE = 20
_by_ids = Prepared(
    lambda workspace, *ids: Deployment.objects.filter(workspace=workspace, id__in=ids).values_list(
        "id", "last_polled", "status", "restricted", "work_queue__work_pool__restricted"
    ),
    count=1 + _AT_ONCE,
)


def poll_deployments(
    access: Access, user: User, deployment_ids: Sequence[UUID], window: Window
) -> list[dict[str, Any]]:
    """Return the runs of these deployments that may start now, with their states.

    Leaves out deployments that do not exist, and those that the user may not run.
    """
    now = timezone.now()
    rows = _permitted(access, user, [row for part in _parts(deployment_ids) for row in _read(access, part)])
    ids = [row[0] for row in rows]
    run_ids = due_runs_of_deployments(access.workspace.id, ids, before=window.before, limit=window.limit)
    if stale := [row_id for row_id, last_polled, status, *_ in rows if is_stale(last_polled, status, now)]:
        note_polled_deployments(access.workspace, stale)
    if not run_ids:
        return []
    runs = FlowRun.objects.filter(workspace=access.workspace, id__in=run_ids)[: len(run_ids)]
    by_id = {run["id"]: run for run in serialize_flow_runs(runs)}
    return [by_id[run_id] for run_id in run_ids if run_id in by_id]


def _parts(deployment_ids: Sequence[UUID]) -> Iterable[list[UUID]]:
    unique = list(dict.fromkeys(deployment_ids))
    return (unique[start : start + _AT_ONCE] for start in range(0, len(unique), _AT_ONCE))


def _read(access: Access, part: list[UUID]) -> list[tuple[Any, ...]]:
    padding = part[:1] * (_AT_ONCE - len(part))
    return _by_ids.rows(access.workspace.id, *part, *padding)


def _permitted(access: Access, user: User, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows of those deployments that the user may run. Few have an access list, or a pool with one."""
    listed = [row[0] for row in rows if row[3] or row[4]]
    if not listed or bypasses_lists(access):
        return rows
    permitted = set(visible_deployments(access, user, RUN).filter(id__in=listed).values_list("id", flat=True))
    return [row for row in rows if not (row[3] or row[4]) or row[0] in permitted]
