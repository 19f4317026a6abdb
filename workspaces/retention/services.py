"""Choose for how many days an account or a workspace keeps its data."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from core.errors import Invalid
from orgs.plans import Retention, retention_of
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from workspaces.audit import record_workspace
from workspaces.models import Workspace
from workspaces.retention.models import MOST_DAYS, AccountRetention, WorkspaceRetention
from workspaces.retention.rules import KINDS, WORKSPACE_KINDS, account_retention

Days = Mapping[str, int | None]


@transaction.atomic
def set_account_retention(account: Account, days: Days, *, actor: Actor) -> None:
    """Choose the days of the given kinds. None means those of the plan.

    Raises `Invalid` for days that are out of range or more than the plan allows.
    """
    lock_account(account.id)
    _check(days, KINDS, retention_of(account), "plan")
    row, _ = AccountRetention.objects.get_or_create(account=account)
    changes = _apply(row, days)
    if changes:
        record_for(
            account, "retention.updated", actor=actor, object_id=account.id, object_name=account.handle, changes=changes
        )


@transaction.atomic
def set_workspace_retention(workspace: Workspace, days: Days, *, actor: Actor) -> None:
    """Choose the days of the given kinds. None means those of the account.

    Raises `Invalid` for days that are out of range or more than the account keeps data.
    """
    lock_account(workspace.account_id)
    _check(days, WORKSPACE_KINDS, account_retention(workspace.account), "account")
    row, _ = WorkspaceRetention.objects.get_or_create(workspace=workspace)
    changes = _apply(row, days)
    if changes:
        record_workspace(workspace, "retention.updated", actor=actor, changes=changes)


def _check(days: Days, kinds: tuple[str, ...], allowed: Retention, whose: str) -> None:
    most = asdict(allowed)
    for kind, number in days.items():
        if kind not in kinds:
            raise Invalid(f"There is no retention of {kind} here.")
        if number is None:
            continue
        if not 1 <= number <= MOST_DAYS:
            raise Invalid(f"Choose between 1 and {MOST_DAYS:,} days.")
        if most[kind] is not None and number > most[kind]:
            raise Invalid(f"The {whose} keeps {kind} for {most[kind]:,} days. Choose at most as many.")


def _apply(row: Any, days: Days) -> dict[str, dict[str, int | None]]:
    """Save the days that differ, and return the changes."""
    changes = {}
    for kind, number in days.items():
        if (old := getattr(row, kind)) != number:
            changes[kind] = {"from": old, "to": number}
            setattr(row, kind, number)
    if changes:
        row.save(update_fields=[*changes, "updated"])
    return changes
