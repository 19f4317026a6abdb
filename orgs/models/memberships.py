from uuid import UUID

from django.conf import settings
from django.db import models

from accounts.models import Account
from auditlog.actors import USER
from auditlog.ids import new_id
from rbac import permissions


class MembershipQuerySet(models.QuerySet["Membership"]):
    def owners_of(self, account_id: UUID) -> "MembershipQuerySet":
        """The people who own an organization and can sign in; a service account that owns it cannot."""
        owners = self.filter(account=account_id, role=permissions.OWNER, active=True)
        return owners.filter(user__is_active=True, user__kind=USER)


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

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"
