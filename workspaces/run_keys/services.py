"""Issue, find and end the keys of flow runs.

They leave no audit entries of their own, as new runs do not. The entries that they cause name the run.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.keys import KEY_COLUMNS, key_in_force
from accounts.services.run_key_values import run_key_value
from core.db import tenants
from core.db.statements import Prepared
from workspaces.models import Workspace
from workspaces.run_keys.bounds import RunBounds, flow_runs
from workspaces.run_keys.models import RunKey

# A process sends its last log lines and events after the last state of its run.
GRACE = timedelta(seconds=4)
_DROPPED_AT_ONCE = 5_000
_RUN = (
    "flow_run_id",
    "flow_run__end_time",
    "flow_run__flow_id",
    "flow_run__deployment_id",
    "flow_run__work_queue_id",
    "flow_run__work_queue__work_pool__name",
)
_by_id = Prepared(
    lambda workspace, key: RunKey.objects.filter(workspace=workspace, id=key).values_list(
        *_RUN, *(f"api_key__{column}" for column in KEY_COLUMNS)
    )
)


def issue_run_keys(workspace: Workspace, api_key: ApiKey, run_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the value of each run's key for this API key by the run's id, the same at every call."""
    keys = RunKey.objects.filter(workspace=workspace, api_key=api_key, flow_run__in=run_ids)
    found = dict(keys.values_list("flow_run_id", "id"))
    if missing := [run_id for run_id in run_ids if run_id not in found]:
        new = [RunKey(workspace=workspace, api_key=api_key, flow_run_id=run_id) for run_id in missing]
        RunKey.objects.bulk_create(new, ignore_conflicts=True)  # another poll may be faster
        found = dict(keys.values_list("flow_run_id", "id"))
    return {run_id: run_key_value(key_id) for run_id, key_id in found.items()}


def find_run_key(workspace_id: UUID, key_id: UUID) -> tuple[ApiKey, RunBounds] | None:
    """Return the API key that a run's key belongs to, with its user, and what the key reaches.

    None if the key has ended, or is of another workspace.
    """
    with tenants.reaching(workspace_id):  # not entered yet; the query reads one row of it
        row = _by_id.first(workspace_id, key_id)
    if row is None or _has_ended(row[1]):
        return None
    api_key = key_in_force(row[len(_RUN) :])
    if api_key is None:
        return None
    run_id, _, flow_id, deployment_id, queue_id, pool_name = row[: len(_RUN)]
    return api_key, RunBounds(workspace_id, key_id, run_id, flow_id, deployment_id, queue_id, pool_name)


def run_keys_in_force(key_ids: Collection[UUID]) -> set[UUID]:
    """Return the keys whose runs have not ended. Does not check their API keys."""
    rows = RunKey.objects.filter(id__in=key_ids).values_list("id", "flow_run__end_time")
    return {key_id for key_id, end_time in rows if not _has_ended(end_time)}


def end_run_keys(run_id: UUID) -> None:
    """Delete the keys of a run. Call it when a run that had ended runs again, so that its old keys stay ended."""
    RunKey.objects.filter(flow_run=run_id).delete()


def drop_ended_run_keys(*, before: datetime) -> None:
    """Remove keys that were issued before a time, and whose run or API key is gone, or whose run has ended."""
    lasting: Any = flow_runs().filter(id=OuterRef("flow_run_id"), end_time=None)
    ended = RunKey.objects.filter(created__lt=before).exclude(
        Exists(lasting), Exists(ApiKey.objects.filter(id=OuterRef("api_key_id")))
    )
    while batch := list(ended.values_list("id", flat=True)[:_DROPPED_AT_ONCE]):
        RunKey.objects.filter(id__in=batch).delete()


def _has_ended(end_time: datetime | None) -> bool:
    """Return whether the run ended longer ago than `GRACE`. A run that has not ended has no end time."""
    return end_time is not None and end_time <= timezone.now() - GRACE
