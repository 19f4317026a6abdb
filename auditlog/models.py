"""The append-only audit log. Entries copy ids and names, so they remain when the objects are deleted.

The entries of an account form a chain (docs/audit-log.md). Triggers in the database refuse to change or delete them.
"""

from typing import Any, ClassVar, NoReturn

from django.db import models

from core.db.ids import new_id

SUCCESS, FAILURE = "success", "failure"


class AppendOnly(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Audit entries are never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Audit entries are never deleted one by one.")


class Entry(models.Model):
    tenant_column: ClassVar[str] = "account_id"
    append_only: ClassVar[bool] = True  # core.db.policies
    partition_column, partition_days = "occurred", 28  # core.db.partitions

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    occurred = models.DateTimeField()
    action = models.CharField(max_length=100)
    result = models.CharField(max_length=10, default=SUCCESS, db_default=SUCCESS)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    # Plain ids, not foreign keys: an entry remains when the account or workspace is deleted.
    account_id = models.UUIDField(null=True)
    workspace_id = models.UUIDField(null=True)
    object_id = models.CharField(max_length=100)
    object_name = models.CharField(max_length=1024)
    detail = models.JSONField(default=dict)
    # The request that caused the entry. Empty for background tasks and commands.
    request_id = models.UUIDField(null=True)
    address = models.CharField(max_length=45, default="", db_default="")
    user_agent = models.CharField(max_length=256, default="", db_default="")
    # The place in the chain of the account, and the SHA-256 hash. Empty until the entry is chained, seconds later.
    position = models.BigIntegerField(null=True)
    hash = models.BinaryField(max_length=32, null=True)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account_id", "-id"], name="audit_account"),
            models.Index(fields=["workspace_id", "-id"], name="audit_workspace"),
            # For the history of one role, team or service account, without the entries of workspaces.
            models.Index(
                fields=["account_id", "object_id", "-id"],
                condition=models.Q(workspace_id=None),
                name="audit_object_of_account",
            ),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
            models.Index(fields=["account_id", "position"], name="audit_chain"),
            models.Index(fields=["account_id", "id"], condition=models.Q(position=None), name="audit_not_chained"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_name}"

    def save(self, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Audit entries are never changed.")
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, using: Any = None, keep_parents: bool = False) -> NoReturn:
        raise TypeError("Audit entries are never deleted one by one.")


class Chain(models.Model):
    """The last position and hash of an account's chain.

    Entries without an account form a chain of their own, with an account id of zeros.
    """

    tenant_column: ClassVar[str] = "account_id"
    written_by_workers: ClassVar[bool] = True

    account_id = models.UUIDField(primary_key=True)
    position = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"chain of {self.account_id}"


class Checkpoint(models.Model):
    """A signed statement that the chain of an account had this hash at this position.

    If `pruned`, all entries up to this position were deleted when their retention period ended.
    """

    tenant_column: ClassVar[str] = "account_id"
    written_by_workers: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    pruned = models.BooleanField(default=False)
    signed_at = models.DateTimeField()
    key = models.ForeignKey("SigningKey", on_delete=models.PROTECT)
    signature = models.BinaryField(max_length=64)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["account_id", "position"], name="audit_checkpoint")]

    def __str__(self) -> str:
        return f"position {self.position} of {self.account_id}"


class SigningKey(models.Model):
    """A public Ed25519 key that checkpoints are signed with. The private one is derived from SECRET_KEY.

    When SECRET_KEY changes, the new key signs the public keys before it, so that old checkpoints stay verifiable.
    """

    written_by_workers: ClassVar[bool] = True

    id = models.CharField(primary_key=True, max_length=16)
    public_key = models.BinaryField(max_length=32)
    created = models.DateTimeField()
    endorsed_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    endorsement = models.BinaryField(max_length=64, null=True)

    def __str__(self) -> str:
        return self.id


class Pruning(models.Model):
    """A row that lets its transaction delete chained entries despite the triggers. It is never committed."""

    written_by_workers: ClassVar[bool] = True

    started = models.DateTimeField()

    def __str__(self) -> str:
        return f"pruning since {self.started}"
