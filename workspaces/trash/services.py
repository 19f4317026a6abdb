"""Move workspaces and organizations to the trash, and restore them.

`workspaces.entry_rules` keeps everybody out of what is in the trash. `removal` empties it.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Account, AccountImage, User
from accounts.models.accounts import HANDLE_LENGTH
from auditlog.actors import Actor
from auditlog.services import record
from core.db import tenants
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid, NotFound
from core.task_queue import enqueue_on_commit
from orgs.models import Membership
from orgs.plans import check_cap, check_plan, limit_of
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from rbac import permissions
from workspaces.addresses import HANDLE_TAKEN, check_workspace_handle
from workspaces.audit import record_workspace
from workspaces.models import Workspace
from workspaces.trash.models import Deletion
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import pools_of_account

TOO_LATE = "It can no longer be restored."


def trash_workspace(workspace: Workspace, *, actor: Actor) -> Deletion:
    """Move a locked workspace to the trash. Its handle is free at once."""
    Workspace.objects.filter(id=workspace.id).update(trashed_at=timezone.now())
    return _save(workspace.account_id, workspace.id, workspace.full_handle, workspace.name, actor)


def trash_organization(account: Account, *, actor: Actor) -> Deletion:
    """Move a locked organization and its workspaces to the trash. Its handle stays reserved until it is removed."""
    now = timezone.now()
    Workspace.objects.filter(account=account).update(trashed_at=now)
    Account.objects.filter(id=account.id).update(trashed_at=now)
    return _save(account.id, None, account.handle, account.name, actor)


def discard_personal_account(account: Account, *, actor: Actor) -> None:
    """Take the account from its person, who is being deleted, and remove it with its workspaces in the background.

    It loses the person's data and its handle at once. Nobody can restore it, because nobody is left to own it.
    """
    now = timezone.now()
    Workspace.objects.filter(account=account).update(trashed_at=now)
    AccountImage.objects.filter(account=account).delete()
    account.former_handles.all().delete()
    Account.objects.filter(id=account.id).update(
        kind=Account.ORGANIZATION, user=None, handle=f"deleted-{account.id.hex}", name="Deleted account", location="",
        link="", billing_email="", settings={}, enforced_networks=[], trashed_at=now,
    )  # fmt: skip
    deletion = _save(account.id, None, f"deleted-{account.id.hex}", "Deleted account", actor)
    deletion.actor_name, deletion.restorable_until, deletion.next_batch_at = "", None, now
    deletion.save(update_fields=["actor_name", "restorable_until", "next_batch_at"])
    enqueue_on_commit("workspaces.trash.tasks.remove_deleted")


def check_trash_has_room(account: Account) -> None:
    """Raise `Invalid` if the trash is full, so that nobody fills the database by creating and deleting workspaces."""
    limit = settings.CAPS["workspaces"]
    if limit and Workspace.with_trashed.filter(account=account, trashed_at__isnull=False).count() >= limit:
        raise Invalid(f"The trash of this account has {limit:,} workspaces. Wait until some are removed.", code="limit")


@transaction.atomic
def restore_workspace(account: Account, workspace_id: UUID, *, handle: str | None = None, actor: Actor) -> Workspace:
    """Restore a workspace of the account with everything in it, under its old handle or a new one.

    Raises `NotFound` if it is not in the trash or its account is, `Conflict` if it is too late, `Taken` if another
    workspace has the handle meanwhile, and `Invalid` for a bad handle and above the limits of workspaces and pools.
    """
    lock_account(account.id)
    if not Account.objects.filter(id=account.id).exists():
        raise NotFound
    deletion = _lock(Deletion.objects.filter(account_id=account.id, workspace_id=workspace_id))
    workspace = Workspace.with_trashed.select_for_update(no_key=True).filter(account=account, id=workspace_id).get()
    check_cap(account, "workspaces", Workspace.objects.filter(account=account).count())
    _check_pools(account, workspace)
    workspace.handle, workspace.trashed_at = handle or workspace.handle, None
    check_workspace_handle(account, workspace.handle, besides=workspace.id)
    with refuse_taken(HANDLE_TAKEN):
        workspace.save(update_fields=["handle", "trashed_at", "updated"])
    workspace.account = account
    record_workspace(workspace, "workspace.restored", actor=actor, handle=workspace.full_handle)
    deletion.delete()
    return workspace


def _check_pools(account: Account, workspace: Workspace) -> None:
    """Raise `LimitReached` if the plan does not allow the work pools of the workspace besides those of the account."""
    if limit_of(account, "work_pools") is None:
        return
    with tenants.reaching_all():  # counts the pools of one account, also in workspaces that the caller may not enter
        present, returning = pools_of_account(account.id).count(), WorkPool.objects.filter(workspace=workspace).count()
    if returning:
        check_plan(account, "work_pools", present, adding=returning)


def suggested_handle(account: Account, handle: str) -> str:
    """Return the handle if it is free in the account, else one that is."""
    names = [handle, *(f"{handle[: HANDLE_LENGTH - 12].rstrip('-')}-restored-{number}" for number in range(1, 20))]
    taken = set(Workspace.objects.filter(account=account, handle__in=names).values_list("handle", flat=True))
    return next((name for name in names if name not in taken), handle)


def trashed_organizations(user: User) -> QuerySet[Account]:
    """Return the organizations in the trash that the person owns, and so may restore."""
    owned = Membership.objects.filter(user=user, role=permissions.OWNER, active=True, user__is_active=True)
    rows = Account.with_trashed.filter(kind=Account.ORGANIZATION, trashed_at__isnull=False)
    return rows.filter(id__in=owned.values("account"))


def deletions_of(accounts: "QuerySet[Account]") -> dict[UUID, Deletion]:
    """Return the deletions of these organizations by the account, and let the request reach them."""
    ids = list(accounts.values_list("id", flat=True))
    tenants.reach(*ids)
    return {row.account_id: row for row in Deletion.objects.filter(account_id__in=ids, workspace_id=None)}


@transaction.atomic
def restore_organization(account: Account, *, actor: Actor) -> None:
    """Restore an organization with the workspaces that were deleted together with it.

    The caller has checked who asks. Raises `NotFound` if it is not in the trash, and `Conflict` if it is too late.
    """
    tenants.reach(account.id)
    # The deletion before the account, because the last batch of the removal holds it when it deletes the account.
    deletion = _lock(Deletion.objects.filter(account_id=account.id, workspace_id=None))
    Account.with_trashed.filter(id=account.id).update(trashed_at=None)
    deleted_before = Deletion.objects.filter(account_id=account.id, workspace_id__isnull=False)
    workspaces = Workspace.with_trashed.filter(account=account).exclude(id__in=deleted_before.values("workspace_id"))
    workspaces.update(trashed_at=None)
    record_for(account, "account.restored", actor=actor, object_id=account.id, object_name=account.handle)
    deletion.delete()


@transaction.atomic
def remove_now(deletion: Deletion, *, actor: Actor) -> bool:
    """Begin the removal without waiting for the end of the time to restore. Returns False if it has begun already."""
    row = Deletion.objects.select_for_update(no_key=True).filter(id=deletion.id, finished_at=None).first()
    if row is None or row.restorable_until is None:
        return False
    row.restorable_until, row.next_batch_at = None, timezone.now()
    row.save(update_fields=["restorable_until", "next_batch_at"])
    action = "workspace.removal-requested" if row.workspace_id else "account.removal-requested"
    record_deletion(row, action, actor=actor)
    enqueue_on_commit("workspaces.trash.tasks.remove_deleted")
    return True


def record_deletion(deletion: Deletion, action: str, *, actor: Actor) -> None:
    """Write an audit entry about the workspace or organization of a deletion."""
    record(
        action,
        actor=actor,
        account_id=deletion.account_id,
        workspace_id=deletion.workspace_id,
        object_id=deletion.workspace_id or deletion.account_id,
        object_name=deletion.name,
        handle=deletion.handle,
    )


def _save(account_id: UUID, workspace_id: UUID | None, handle: str, name: str, actor: Actor) -> Deletion:
    now = timezone.now()
    until = now + timedelta(days=settings.TRASH_DAYS)
    return Deletion.objects.create(
        account_id=account_id, workspace_id=workspace_id, handle=handle, name=name, actor_id=actor.id,
        actor_name=actor.name[:254], deleted_at=now, restorable_until=until, next_batch_at=until,
    )  # fmt: skip


def _lock(rows: QuerySet[Deletion]) -> Deletion:
    row = rows.select_for_update().filter(finished_at=None).first()
    if row is None:
        raise NotFound
    if not row.restorable:
        raise Conflict(TOO_LATE)
    return row
