"""The workspace: the tenant of everything below it."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from auditlog.ids import new_id
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def open_to(self, user: User) -> Self:
        """The workspaces that `user` may enter: those of the personal account and of accounts administered."""
        return self.open_to_ids(user.id, user.id)

    def open_to_ids(self, person: Any, member: Any) -> Self:
        """As `open_to`; takes the user's id, or a query of it, twice, so that the query can be prepared."""
        administered = Account.objects.filter(
            memberships__user=member, memberships__role__in=IMPLICIT_WORKSPACE_OWNERS
        ).values("id")
        return self.filter(Q(account__user=person) | Q(account__in=administered))


class Workspace(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="workspaces")
    name = models.CharField(max_length=500)
    handle = models.CharField(max_length=HANDLE_LENGTH, validators=[handle_is_well_formed])
    description = models.TextField(max_length=5000, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "handle"], name="workspace_handle_in_account")]

    def __str__(self) -> str:
        return self.full_handle

    @property
    def full_handle(self) -> str:
        """`account/workspace`, as the command line shows and takes it."""
        return f"{self.account.handle}/{self.handle}"


class Owned(models.Model):
    """A row of a workspace. The tenant is in the row, never found through a join."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False)

    class Meta:
        abstract = True
