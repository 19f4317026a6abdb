"""Transfers of workspaces between accounts, from the request to the undo."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from accounts.models.accounts import HANDLE_LENGTH
from core.db.ids import new_id
from workspaces.models import Workspace

WAITING, APPROVED, COMPLETED = "WAITING", "APPROVED", "COMPLETED"
DECLINED, CANCELLED, EXPIRED, UNDONE = "DECLINED", "CANCELLED", "EXPIRED", "UNDONE"
STATUSES = [
    (WAITING, "waiting for approval"),
    (APPROVED, "in progress"),
    (COMPLETED, "completed"),
    (DECLINED, "declined"),
    (CANCELLED, "cancelled"),
    (EXPIRED, "expired"),
    (UNDONE, "undone"),
]
OPEN = (WAITING, APPROVED)


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of_account(self, account: Account) -> Self:
        """Return the transfers from and to an account."""
        return self.filter(Q(source=account) | Q(target=account))

    def incoming(self, account: Account) -> Self:
        """Return the requests that the account can approve now."""
        return self.filter(target=account, status=WAITING, expires_at__gt=timezone.now())

    def in_list(self) -> Self:
        """Leave out the large fields, and load what a list shows."""
        return self.defer("preview", "snapshot").select_related("workspace__account", "source", "target")


class Transfer(models.Model):
    """The transfer of a workspace from one account to another.

    A workspace has at most one open transfer. `preview_hash` stands for what was shown and is approved. `snapshot` has
    what an undo restores.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="transfers")
    source = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="outgoing_transfers", db_index=False)
    target = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="incoming_transfers", db_index=False)
    # When it was requested. The source may no longer see its present name.
    workspace_name = models.CharField(max_length=500)
    old_handle = models.CharField(max_length=HANDLE_LENGTH)
    new_handle = models.CharField(max_length=HANDLE_LENGTH)
    # The ids of the target's roles by those of the source's; null ends the grant.
    roles = models.JSONField(default=dict, blank=True)
    grace_seconds = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=20, choices=STATUSES, default=WAITING)
    preview = models.JSONField(default=dict, blank=True)
    preview_hash = models.CharField(max_length=64)
    # Why an approved transfer did not happen and waits for approval again.
    problem = models.CharField(max_length=1000, blank=True)
    snapshot = models.JSONField(null=True, blank=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    # When it was approved, declined, cancelled or undone, or expired.
    decided_at = models.DateTimeField(null=True, blank=True)
    transferred_at = models.DateTimeField(null=True, blank=True)
    undo_until = models.DateTimeField(null=True, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status__in=OPEN), name="transfer_one_open_in_workspace"
            )
        ]
        indexes = [
            models.Index(fields=["source", "-id"], name="transfer_source"),
            models.Index(fields=["target", "-id"], name="transfer_target"),
            models.Index(fields=["requested_by", "created"], name="transfer_requested_by"),
            models.Index(fields=["expires_at"], condition=Q(status=WAITING), name="transfer_waiting"),
            models.Index(fields=["decided_at"], condition=Q(status=APPROVED), name="transfer_approved"),
            models.Index(fields=["undo_until"], condition=Q(snapshot__isnull=False), name="transfer_undo"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}/{self.old_handle} to {self.target_id}"

    @property
    def can_be_undone(self) -> bool:
        """Return whether the time to undo it has not passed. The workspace may have been transferred again."""
        return self.status == COMPLETED and self.undo_until is not None and self.undo_until > timezone.now()


class RefusedSource(models.Model):
    """An account from which another one accepts no more requests for transfers."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="refused_sources", db_index=False)
    source = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="refused_source_once")]

    def __str__(self) -> str:
        return f"{self.source_id} by {self.account_id}"
