"""Legal holds: while one stands, nothing of a workspace is removed, and the workspace cannot be deleted."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Account
from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid, NotFound
from orgs.services.locks import lock_account
from workspaces.audit import record_workspace
from workspaces.models import Workspace
from workspaces.retention.models import LegalHold, PruningProgress

_MOST_CHARACTERS = 500
ON_HOLD = "is on legal hold. End the hold first."


def _lock(workspace: Workspace) -> None:
    """Lock the workspace's account. Raises `NotFound` if the workspace was transferred or deleted meanwhile."""
    lock_account(workspace.account_id)
    if not Workspace.with_trashed.filter(id=workspace.id, account=workspace.account_id).exists():
        raise NotFound


def is_held(workspace: Workspace) -> bool:
    return LegalHold.objects.filter(workspace=workspace).exists()


def held_workspaces() -> QuerySet[LegalHold, object]:
    """Return the ids of the workspaces on legal hold."""
    return LegalHold.objects.values("workspace")


@transaction.atomic
def set_hold(workspace: Workspace, *, reason: str, actor: Actor) -> LegalHold:
    """Put a workspace on legal hold. Raises `Invalid` without a reason, and `Conflict` if it is on hold already."""
    reason = reason.strip()
    if not reason or len(reason) > _MOST_CHARACTERS:
        raise Invalid(f"Give a reason of at most {_MOST_CHARACTERS} characters.")
    _lock(workspace)
    # Waits for a batch that is being removed, so that nothing goes after the hold was set.
    list(PruningProgress.objects.select_for_update().filter(workspace=workspace).values_list("id"))
    with refuse_taken("This workspace is on legal hold already."):
        hold = LegalHold.objects.create(
            workspace=workspace, reason=reason, actor_id=actor.id, actor_name=actor.name[:254]
        )
    record_workspace(workspace, "legal-hold.set", actor=actor, reason=reason)
    return hold


@transaction.atomic
def end_hold(workspace: Workspace, *, actor: Actor) -> None:
    """End the legal hold of a workspace. Raises `NotFound` if there is none."""
    _lock(workspace)
    hold = LegalHold.objects.select_for_update().filter(workspace=workspace).first()
    if hold is None:
        raise NotFound
    hold.delete()
    record_workspace(workspace, "legal-hold.ended", actor=actor, reason=hold.reason)


def check_not_held(workspace: Workspace) -> None:
    """Raise `Conflict` if the workspace is on legal hold. Call it under a lock of its account."""
    if is_held(workspace):
        raise Conflict(f"The workspace {workspace.full_handle} {ON_HOLD}")


def check_none_held(account: Account) -> None:
    """Raise `Conflict` if a workspace of the account is on legal hold, also one in the trash."""
    held = LegalHold.objects.filter(workspace__account=account).select_related("workspace__account").first()
    if held is not None:
        raise Conflict(f"The workspace {held.workspace.full_handle} {ON_HOLD}")
