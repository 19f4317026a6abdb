from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from core.db.ids import new_id
from orgs.models.teams import Team
from rbac import permissions
from rbac.models import WorkspaceRole


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting_for(self, email: object) -> Self:
        """Return the invitations that an email address may accept now. Pass it in lower case, or an expression."""
        return self.not_trashed().filter(email=email, status=Invitation.PENDING, expires_at__gt=timezone.now())

    def not_trashed(self) -> Self:
        """Leave out invitations to an account that is in the trash, and to a workspace that is."""
        return self.filter(account__trashed_at=None, workspace__trashed_at=None)


class Invitation(models.Model):
    """An invitation of an email address to an organization, optionally with teams and a first workspace.

    A personal account invites collaborators to one of its workspaces. Only the hash of the mailed token is stored.

    `orgs` may not import `workspaces`, so the foreign key to the workspace names the model by a string.
    """

    PENDING, ACCEPTED, REJECTED, REVOKED = "PENDING", "ACCEPTED", "REJECTED", "REVOKED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=[(role, role) for role in permissions.ROLES])
    teams = models.ManyToManyField(Team, blank=True, related_name="+")
    workspace = models.ForeignKey(
        "workspaces.Workspace", null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    workspace_role = models.ForeignKey(
        WorkspaceRole, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    status = models.CharField(
        max_length=20,
        choices=[(PENDING, "pending"), (ACCEPTED, "accepted"), (REJECTED, "declined"), (REVOKED, "revoked")],
        default=PENDING,
    )
    # Whether it ended because the person joined in another way. Its status is then REVOKED, as in the contract.
    joined_otherwise = models.BooleanField(default=False, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Whether the token was only mailed. If it was shown to the inviter, opening the link does not prove the address.
    mailed = models.BooleanField(default=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=Q(status="PENDING", workspace=None),
                name="invitation_one_pending",
            ),
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=Q(status="PENDING"),
                name="invitation_one_pending_in_workspace",
            ),
            models.CheckConstraint(
                name="invitation_workspace_has_role",
                condition=Q(workspace__isnull=True, workspace_role__isnull=True)
                | Q(workspace__isnull=False, workspace_role__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="invitation_account"),
            models.Index(fields=["email"], name="invitation_waiting", condition=Q(status="PENDING")),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.account}"

    @property
    def expired(self) -> bool:
        return self.status == self.PENDING and self.expires_at <= timezone.now()
