"""The days for which data is kept, legal holds, and what was removed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from core.db.ids import new_id
from workspaces.models import WorkspaceOwned

MOST_DAYS = 36_500


def _days() -> "models.IntegerField[int | None, int | None]":
    return models.IntegerField(null=True, blank=True)


def _in_range(*fields: str) -> Q:
    condition = Q()
    for field in fields:
        condition &= Q(**{field: None}) | Q(**{f"{field}__gte": 1, f"{field}__lte": MOST_DAYS})
    return condition


class AccountRetention(models.Model):
    """The days that an account's admins chose. Null, and more days than the plan allows, mean those of the plan."""

    tenant_column: ClassVar[str] = "account_id"

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="own_retention")
    runs, events, logs, artifacts, audit = _days(), _days(), _days(), _days(), _days()
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_retention_in_range",
                condition=_in_range("runs", "events", "logs", "artifacts", "audit"),
            )
        ]

    def __str__(self) -> str:
        return f"retention of {self.account_id}"


class WorkspaceRetention(WorkspaceOwned):
    """The days of one workspace, which can only be fewer than those of its account."""

    runs, events, logs, artifacts = _days(), _days(), _days(), _days()
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace"], name="workspace_retention_once"),
            models.CheckConstraint(
                name="workspace_retention_in_range", condition=_in_range("runs", "events", "logs", "artifacts")
            ),
        ]

    def __str__(self) -> str:
        return f"retention of {self.workspace_id}"


class LegalHold(WorkspaceOwned):
    """A workspace of which nothing is removed, whatever the retention says. It cannot be deleted either."""

    reason = models.CharField(max_length=500)
    # A plain id and a copy of the name, as in audit entries.
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="legal_hold_once")]

    def __str__(self) -> str:
        return f"legal hold of {self.workspace_id}"


class PruningProgress(WorkspaceOwned):
    """When a workspace is pruned next, and what it held when it was last measured."""

    next_at = models.DateTimeField()
    pruned_at = models.DateTimeField(null=True)  # when nothing was left to remove
    problem = models.CharField(max_length=200, blank=True)
    measured_at = models.DateTimeField(null=True)
    rows = models.JSONField(default=dict)  # by kind
    rows_a_day = models.JSONField(default=dict)  # new ones, on average of the last week

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="pruning_progress_once")]
        indexes = [models.Index(fields=["next_at"], name="pruning_next")]

    def __str__(self) -> str:
        return f"pruning of {self.workspace_id}"


class Removed(models.Model):
    """How many rows of a kind the retention removed on a day: the history that admins see."""

    tenant_column: ClassVar[str] = "account_id"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Plain ids, because the history stays with the account when the workspace moves or is removed.
    account_id = models.UUIDField()
    workspace_id = models.UUIDField(null=True)  # null for audit entries
    workspace_name = models.CharField(max_length=500, blank=True)
    day = models.DateField()
    kind = models.CharField(max_length=20)
    rows = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "removed rows"
        ordering = ["-day", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["account_id", "workspace_id", "kind", "day"], name="removed_once_a_day")
        ]
        indexes = [models.Index(fields=["account_id", "-day"], name="removed_newest")]

    def __str__(self) -> str:
        return f"{self.rows} {self.kind} on {self.day}"
