"""Organizations: who belongs to them. The account itself stands in `accounts`, beside the personal ones."""

from django.conf import settings
from django.db import models

from accounts.models import Account
from auditlog.ids import new_id
from rbac import permissions


class Membership(models.Model):
    """A user in an organization, with an account role. A personal account needs none: it has its person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role, role) for role in permissions.ROLES])
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"
