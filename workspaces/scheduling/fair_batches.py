"""What the background services share: they take a bounded number of rows in a pass, a share of each workspace."""

import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from auditlog.actors import Actor
from workspaces.models import Workspace, trashed_workspaces
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.flow_rules import CORE
from workspaces.runs.orchestration.run_state import RunState, stored_state
from workspaces.runs.orchestration.transition import Rule
from workspaces.runs.services.transitions import lock_run, propose_state

logger = logging.getLogger("bailiwick.services")

# The new state of a locked run, or None if the run needs none any more.
Decide = Callable[[FlowRun, RunState], RunState | None]


def first_of_each_workspace(rows: QuerySet[Any], order: str, *, most: int, most_of_workspace: int) -> list[UUID]:
    """Return ids of rows: the first of each workspace, then the second of each, and so on.

    Leaves out workspaces in the trash.
    """
    rows = rows.exclude(workspace__in=trashed_workspaces())
    place = Window(RowNumber(), partition_by=F("workspace"), order_by=[F(order), F("id")])
    shares = rows.order_by().annotate(place=place).filter(place__lte=most_of_workspace)
    return list(shares.order_by("place", "id").values_list("id", flat=True)[:most])


def change_states(run_ids: Sequence[UUID], decide: Decide, actor: Actor, *, rules: Sequence[Rule] = CORE) -> int:
    """Give each run the state that `decide` returns, each in a transaction of its own. Return how many changed.

    A run whose state cannot be changed does not hold up the others.
    """
    runs = FlowRun.objects.filter(id__in=run_ids).values_list("id", "workspace_id")
    workspaces = Workspace.objects.in_bulk({workspace_id for _, workspace_id in runs})
    changed = 0
    for run_id, workspace_id in runs:
        if (workspace := workspaces.get(workspace_id)) is None:
            continue
        try:
            changed += _change_state(workspace, run_id, decide, actor, rules)
        except OperationalError:  # busy; the next pass finds the run again
            logger.warning("The state of the flow run %s could not be changed", run_id, exc_info=True)
        except Exception:
            logger.exception("The state of the flow run %s cannot be changed", run_id)
    return changed


@transaction.atomic
def _change_state(workspace: Workspace, run_id: UUID, decide: Decide, actor: Actor, rules: Sequence[Rule]) -> bool:
    run = lock_run(workspace, run_id)
    if run is None or run.state is None:
        return False
    current = stored_state(run.state)
    proposed = decide(run, current)
    if proposed is None:
        return False
    return propose_state(workspace, run, current, proposed, timezone.now(), actor=actor, rules=rules).stored
