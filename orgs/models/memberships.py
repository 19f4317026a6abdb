from uuid import UUID

from django.conf import settings
from django.db import models

from accounts.models import Account
from auditlog.actors import USER
from core.db.ids import new_id
from rbac import permissions


class MembershipQuerySet(models.QuerySet["Membership"]):
    def owners_of(self, account_id: UUID | models.OuterRef) -> "MembershipQuerySet":
        """Return the active owners of an organization who are people, since service accounts cannot sign in."""
        owners = self.filter(account=account_id, role=permissions.OWNER, active=True)
        return owners.filter(user__is_active=True, user__kind=USER)


class Membership(models.Model):
    """The membership of a user or service account in an account, with an account role.

    Nobody can use an account without a membership, except for the person of a personal account. People who are invited
    to a workspace of a personal account are members with the role Collaborator.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role, role) for role in permissions.ROLES])
    # An inactive (suspended) member keeps their grants but cannot use the account.
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"
