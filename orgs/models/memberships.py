from django.conf import settings
from django.db import models

from accounts.models import Account
from auditlog.ids import new_id
from rbac import permissions


class Membership(models.Model):
    """An actor in an account, with an account role. Without one nobody reaches anything of the account.

    The person of a personal account needs none; those who were invited to one of its workspaces are its collaborators.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role, role) for role in permissions.ROLES])
    # Inactive: keeps what was granted, and reaches nothing.
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"
