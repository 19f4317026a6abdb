from typing import ClassVar

from django.db import models
from django.utils import timezone

from core.db.ids import new_id


class Deletion(models.Model):
    """A workspace or organization in the trash, and then the progress of its removal.

    It copies ids and names, because it remains for some time after the removal. Restoring deletes the row.
    """

    tenant_column: ClassVar[str] = "account_id"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    # Null if the account itself was deleted, with all of its workspaces.
    workspace_id = models.UUIDField(null=True)
    handle = models.CharField(max_length=200)  # for a workspace `account/workspace`
    name = models.CharField(max_length=500)
    # A plain id and a copy of the name, as in audit entries.
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    deleted_at = models.DateTimeField()
    # Until then it can be restored. Null: nobody is left who could, so that it is removed at once.
    restorable_until = models.DateTimeField(null=True)
    # The removal: when it may begin, the next batch after an error, and what was deleted so far.
    next_batch_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    rows_total = models.BigIntegerField(null=True)  # counted when it begins
    rows_removed = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account_id", "workspace_id"], name="deletion_of_workspace_once"),
            models.UniqueConstraint(
                fields=["account_id"], condition=models.Q(workspace_id=None), name="deletion_of_account_once"
            ),
        ]
        indexes = [
            models.Index(fields=["next_batch_at"], condition=models.Q(finished_at=None), name="deletion_due"),
        ]

    def __str__(self) -> str:
        return self.handle

    @property
    def restorable(self) -> bool:
        """Return whether it can still be restored."""
        return self.started_at is None and self.restorable_until is not None and self.restorable_until > timezone.now()

    @property
    def percent(self) -> int:
        """Return how much of the rows is removed. More rows may turn up than were counted."""
        if self.finished_at is not None:
            return 100
        return min(99, self.rows_removed * 100 // self.rows_total) if self.rows_total else 0

    @property
    def state(self) -> str:
        if self.finished_at is not None:
            return "removed"
        if self.restorable:
            return "restorable"
        return "being removed" if self.started_at is not None else "waiting to be removed"
