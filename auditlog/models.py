"""The append-only record of who did what. Entries copy the ids and names they speak of, so they outlive both."""

from typing import Any, NoReturn

from django.db import models

from auditlog.ids import new_id


class AppendOnly(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Audit entries are never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Audit entries are never deleted one by one.")


class Entry(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    occurred = models.DateTimeField()
    action = models.CharField(max_length=100)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    # Plain ids, no keys: an entry stays when the account or workspace goes.
    account_id = models.UUIDField(null=True)
    workspace_id = models.UUIDField(null=True)
    object_id = models.CharField(max_length=100)
    object_name = models.CharField(max_length=1024)
    detail = models.JSONField(default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account_id", "-id"], name="audit_account"),
            models.Index(fields=["workspace_id", "-id"], name="audit_workspace"),
            # What happened to one role, team or service account; what runs do is not in it.
            models.Index(
                fields=["account_id", "object_id", "-id"],
                condition=models.Q(workspace_id=None),
                name="audit_object_of_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_name}"

    def save(self, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Audit entries are never changed.")
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, using: Any = None, keep_parents: bool = False) -> NoReturn:
        raise TypeError("Audit entries are never deleted one by one.")
