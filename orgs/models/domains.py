from django.db import models

from accounts.models import Account
from core.db.ids import new_id


class Domain(models.Model):
    """An email domain of an account. `place` is its position in the account's list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains", db_index=False)
    name = models.CharField(max_length=255)
    place = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="domain_once_in_account")]

    def __str__(self) -> str:
        return self.name
