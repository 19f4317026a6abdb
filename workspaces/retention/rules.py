"""For how many days each account and workspace keeps its data, and which rows are older.

The plan says how many days an account may keep data. The account's admins may choose fewer, and those of a workspace
fewer still.
"""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account
from orgs.plans import Retention, retention_of, terms_of_all
from workspaces.events.models import Event
from workspaces.models import Workspace
from workspaces.retention.models import AccountRetention, WorkspaceRetention
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.states import TERMINAL

KINDS = tuple(field.name for field in fields(Retention))
WORKSPACE_KINDS = tuple(kind for kind in KINDS if kind != "audit")


def account_retention(account: Account) -> Retention:
    """Return the days that hold for an account: those of its plan, or those that its admins chose if they are fewer."""
    return lower_of(retention_of(account), AccountRetention.objects.filter(account=account).first())


def account_retentions(accounts: Collection[UUID]) -> dict[UUID, Retention]:
    """Return the days that hold for several accounts, in three queries."""
    terms = terms_of_all(accounts)
    own = AccountRetention.objects.in_bulk(list(accounts))
    return {account: lower_of(terms[account].retention, own.get(account)) for account in accounts}


def workspace_retention(workspace: Workspace) -> Retention:
    """Return the days that hold for a workspace."""
    own = WorkspaceRetention.objects.filter(workspace=workspace).first()
    return lower_of(account_retention(workspace.account), own)


def lower_of(retention: Retention, own: Any) -> Retention:
    """Return, for each kind, the lower one of the days and those of a row or another retention, if it names any."""
    days = {}
    for kind, allowed in asdict(retention).items():
        chosen = getattr(own, kind, None)
        days[kind] = min((number for number in (allowed, chosen) if number is not None), default=None)
    return Retention(**days)


def old_logs(workspace_id: UUID, before: datetime) -> QuerySet[Log]:
    return Log.objects.filter(workspace=workspace_id, timestamp__lt=before).order_by("timestamp", "id")


def old_events(workspace_id: UUID, before: datetime) -> QuerySet[Event]:
    return Event.objects.filter(workspace=workspace_id, occurred__lt=before).order_by("occurred", "id")


def old_runs(workspace_id: UUID, before: datetime) -> QuerySet[FlowRun]:
    """Return the flow runs to remove: they ended before that time, and so did their parent and all their children.

    So no child loses its parent while it is kept. Removing one of these runs changes the answer for none of the others.
    """
    ended = FlowRun.objects.filter(workspace=workspace_id, state_type__in=TERMINAL, end_time__lt=before)
    of_parent = "parent_task_run__flow_run__"
    parent_ended = (
        Q(parent_task_run=None)
        | Q(parent_task_run__flow_run=None)
        | Q(**{f"{of_parent}state_type__in": TERMINAL, f"{of_parent}end_time__lt": before})
    )
    kept = Q(end_time=None) | Q(end_time__gte=before) | Q(state_type=None) | ~Q(state_type__in=TERMINAL)
    kept_children = FlowRun.objects.filter(kept, parent_task_run__flow_run=OuterRef("pk"))
    return ended.filter(parent_ended).filter(~Exists(kept_children)).order_by("end_time", "id")


def old_task_runs(workspace_id: UUID, before: datetime) -> QuerySet[TaskRun]:
    """Return the task runs without a flow run that ended before that time. Others are removed with their flow run."""
    rows = TaskRun.objects.filter(workspace=workspace_id, flow_run=None, state_type__in=TERMINAL, end_time__lt=before)
    return rows.order_by("end_time", "id")


def cutoff(now: datetime, days: int | None) -> datetime | None:
    """Return the time before which rows are removed, or None if they are kept for ever."""
    return None if days is None else now - timedelta(days=days)
